/** The tools that draw a mask: which one is in the hand, and what of a stroke or an outline is not closed yet. */

import { createStore, type StoreApi } from "zustand/vanilla";

import type { Player } from "../player/player";
import type { Pen, ScenePoint } from "../scene/Scene";
import { resized, simplified } from "../scene/stroke";
import type { Drafts } from "./drafts";
import type { Pixel } from "./wire";

/** `click` asks the segmenter with clicks and boxes; the others draw. */
export const TOOLS = ["click", "brush", "eraser", "outline"] as const;
export type Tool = (typeof TOOLS)[number];

/** Parts of fewer pixels than this share of the picture are specks. */
const SPECK = 0.0005;
/** Between two corners nearer than this on screen, in CSS pixels, there is no side: a double click is two clicks. */
const NEAR = 3;

export interface DrawingState {
  readonly tool: Tool;
  /** Of brush and eraser, in proxy pixels. */
  readonly radius: number;
  /** What is under way takes away from the mask. */
  readonly erase: boolean;
  readonly stroke: readonly ScenePoint[];
  readonly corners: readonly ScenePoint[];
  /** The picture that stroke and corners belong to. */
  readonly picture: number;
  readonly pointer: ScenePoint | null;
}

export class Drawing implements Pen {
  readonly state: StoreApi<DrawingState>;
  readonly largest: number;

  constructor(
    private readonly drafts: Pick<Drafts, "draw" | "watch" | "refuse">,
    private readonly player: Pick<Player, "table" | "playhead" | "still" | "hold">,
  ) {
    const { width, height } = player.table;
    const side = Math.min(width, height);
    this.largest = Math.min(256, Math.round(side / 3));
    this.state = createStore<DrawingState>(() => ({
      tool: "click",
      radius: Math.max(2, Math.round(side / 30)),
      erase: false,
      stroke: [],
      corners: [],
      picture: 0,
      pointer: null,
    }));
    drafts.watch(() => {
      const { corners, picture } = this.state.getState();
      return corners.length > 0 ? picture : null;
    });
  }

  get brushing(): boolean {
    const { tool } = this.state.getState();
    return tool === "brush" || tool === "eraser";
  }

  /** Corners that were set on the picture at the playhead. */
  get outlining(): boolean {
    const { corners, picture } = this.state.getState();
    return corners.length > 0 && picture === this.player.playhead;
  }

  /** Corners that are not closed stay with any tool. */
  take(tool: Tool): void {
    this.state.setState({ tool, stroke: [], pointer: null });
  }

  resize(by: 1 | -1): void {
    this.state.setState(({ radius }) => ({ radius: resized(radius, by, this.largest) }));
  }

  setRadius(radius: number): void {
    this.state.setState({ radius: Math.max(1, Math.min(this.largest, Math.round(radius))) });
  }

  hover(pointer: ScenePoint | null): void {
    this.state.setState({ pointer });
  }

  down(point: ScenePoint, erase: boolean, scale: number): void {
    const picture = this.player.hold();
    if (picture === null) return;
    const { tool, corners, picture: on } = this.state.getState();
    if (corners.length > 0 && (tool !== "outline" || picture !== on)) {
      this.drafts.refuse();
      return;
    }
    if (tool !== "outline") {
      this.state.setState({ stroke: [point], erase: tool === "eraser" ? !erase : erase, picture, pointer: point });
      return;
    }
    if (corners.length === 0) {
      this.state.setState({ corners: [point], erase, picture });
      return;
    }
    const last = corners.at(-1);
    if (last && Math.hypot(point.x - last.x, point.y - last.y) >= NEAR * scale) this.state.setState({ corners: [...corners, point] });
  }

  drag(points: readonly ScenePoint[]): void {
    this.state.setState(({ stroke }) => ({
      stroke: stroke.length === 0 ? stroke : [...stroke, ...points],
      pointer: points.at(-1) ?? null,
    }));
  }

  /** What was drawn while the picture changed belongs to neither. */
  up(): void {
    const { stroke, erase, radius, picture } = this.state.getState();
    if (stroke.length > 0 && this.player.still === picture) {
      const line = simplified(stroke, Math.max(0.35, radius / 16)).map(pixel);
      void this.drafts.draw({ verb: erase ? "erase" : "add", stroke: line, radius }, picture);
    }
    this.cancel();
  }

  cancel(): void {
    this.state.setState({ stroke: [] });
  }

  twice(): void {
    this.close();
  }

  /** Closes the outline; two corners have no inside, so they stay open. */
  close(): void {
    const { corners, erase, picture } = this.state.getState();
    if (!this.outlining || corners.length < 3) return;
    void this.drafts.draw({ verb: erase ? "erase" : "add", polygon: corners.map(pixel) }, picture);
    this.state.setState({ corners: [] });
  }

  removeCorner(): void {
    this.state.setState(({ corners }) => ({ corners: corners.slice(0, -1) }));
  }

  leaveOutline(): void {
    this.state.setState({ corners: [] });
  }

  clean(verb: "fill_holes" | "remove_specks" | "largest"): void {
    const picture = this.player.hold();
    if (picture === null) return;
    const { width, height } = this.player.table;
    void this.drafts.draw(verb === "remove_specks" ? { verb, min_area: Math.ceil(width * height * SPECK) } : { verb }, picture);
  }
}

function pixel({ x, y }: ScenePoint): Pixel {
  return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
}
