/** What is drawn and not a mask yet, in the SVG over the picture: strokes, the outline's corners, the brush's ring. */

import type { ReactNode } from "react";
import { useStore } from "zustand";

import type { ScenePoint } from "../scene/Scene";
import type { Bench } from "./bench";
import { colorOf } from "./colors";
import type { Drawn } from "./drafts";

/** What erases is seen as the picture's own darkness, whatever the subject's colour is. */
const ERASER = "#16191d";

export function DrawingMarks({ bench, picture }: { readonly bench: Bench; readonly picture: number }): ReactNode {
  const { tool, radius, erase, stroke, corners, pointer, picture: on } = useStore(bench.drawing.state);
  const draft = useStore(bench.subjects.state, (state) => state.draft);
  const masklets = useStore(bench.subjects.state, (state) => state.masklets);
  const active = useStore(bench.subjects.state, (state) => state.active);
  const colorFor = (id: string | null): string => colorOf(masklets.find((masklet) => masklet.id === id)?.colour ?? 0);
  const color = colorFor(active);
  const open = draft?.waiting && draft.picture === picture ? draft.drawn : null;
  const here = on === picture;
  return (
    <g aria-hidden="true">
      {open ? <Pending drawn={open} color={colorFor(draft?.masklet ?? active)} /> : null}
      {here && stroke.length > 0 ? (
        <Stroke points={stroke.map(({ x, y }) => [x, y])} radius={radius} color={erase ? ERASER : color} />
      ) : null}
      {here && corners.length > 0 ? (
        <Outline corners={corners} pointer={pointer} fill={erase ? ERASER : color} width={bench.player.table.width} />
      ) : null}
      {(tool === "brush" || tool === "eraser") && pointer ? (
        <circle className="vg-ring" cx={pointer.x} cy={pointer.y} r={radius} />
      ) : null}
    </g>
  );
}

/** Strokes and outlines that the server has not answered yet. */
function Pending({ drawn, color }: { readonly drawn: Drawn; readonly color: string }): ReactNode {
  return drawn.steps.map((step, i) => {
    const ink = step.verb === "erase" ? ERASER : color;
    if ("stroke" in step) return <Stroke key={i} points={step.stroke} radius={step.radius} color={ink} />;
    if (!("polygon" in step)) return null;
    return <polygon key={i} className="vg-stroke" style={{ fill: ink }} points={step.polygon.join(" ")} />;
  });
}

interface StrokeProps {
  readonly points: readonly (readonly [number, number] | readonly number[])[];
  readonly radius: number;
  readonly color: string;
}

function Stroke({ points, radius, color }: StrokeProps): ReactNode {
  // A dab is a line without length: round ends make it a disc.
  const line = points.length === 1 ? [...points, ...points] : points;
  return <polyline className="vg-stroke" points={line.join(" ")} stroke={color} strokeWidth={2 * radius} />;
}

interface OutlineProps {
  readonly corners: readonly ScenePoint[];
  readonly pointer: ScenePoint | null;
  readonly fill: string;
  readonly width: number;
}

function Outline({ corners, pointer, fill, width }: OutlineProps): ReactNode {
  const all = pointer ? [...corners, pointer] : corners;
  return (
    <>
      <polygon className="vg-outline" points={all.map(({ x, y }) => `${x},${y}`).join(" ")} fill={fill} fillOpacity={0.35} />
      {corners.map(({ x, y }, i) => (
        <circle key={i} className="vg-corner" cx={x} cy={y} r={width / 260} />
      ))}
    </>
  );
}
