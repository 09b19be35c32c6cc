/** The tools above the picture: click, brush, eraser, outline, the brush's size, and the cleaning of a mask. */

import type { ReactNode } from "react";
import { useStore } from "zustand";

import { runAction, type Action } from "../editor/action";
import { keepsKeys } from "../editor/keymap";
import { keyProps } from "../editor/KeySheet";
import { useT } from "../i18n";
import type { Bench } from "./bench";
import { TOOLS, type Tool } from "./drawing";
import "./drawbar.css";

/** Paths in a box of 16 by 16, drawn with lines. */
const ICONS = {
  click: "M4 2.5 L12.5 7.5 L8.6 8.6 L7 12.5 Z",
  brush: "M13.5 2.5 L7 9 M7 9 C4.5 8.5 4.5 12 2.5 13 C5.5 14 8.5 12.5 7 9",
  eraser: "M9 3 L13.5 7.5 L8 13 H5 L2.5 10 Z M5.8 6.2 L10.3 10.7",
  outline: "M3 12.5 L4.5 4 L10 2.5 L13.5 8 L9.5 13.5 Z",
  fill_holes: "M8 2.5 A5.5 5.5 0 1 0 8 13.5 A5.5 5.5 0 1 0 8 2.5 M8 5.8 V10.2 M5.8 8 H10.2",
  remove_specks: "M2.5 8 A3.5 3.5 0 1 0 9.5 8 A3.5 3.5 0 1 0 2.5 8 M11.5 3 L14 5.5 M14 3 L11.5 5.5 M11.5 11 L14 13.5 M14 11 L11.5 13.5",
  largest: "M2.5 8.5 A4.5 4.5 0 1 0 11.5 8.5 A4.5 4.5 0 1 0 2.5 8.5 M4.8 8.5 L6.6 10.3 L9.4 6.9 M12.5 3 V3.1",
} as const;

const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

const CLEANING = ["fill_holes", "remove_specks", "largest"] as const;

interface Props {
  readonly bench: Bench;
  readonly actions: readonly Action<Bench>[];
}

export function DrawBar({ bench, actions }: Props): ReactNode {
  const t = useT();
  const { drawing } = bench;
  const tool = useStore(drawing.state, (state) => state.tool);
  const radius = useStore(drawing.state, (state) => state.radius);
  const masklets = useStore(bench.subjects.state, (state) => state.masklets);
  const brushing = tool === "brush" || tool === "eraser";
  return (
    <div className="wb-draw" role="group" aria-label={t("wb.draw")}>
      <div role="group" aria-label={t("wb.draw.tools")}>
        {TOOLS.map((each) => (
          <ToolButton key={each} bench={bench} action={actions.find(({ id }) => id === `tool.${each}`)} icon={each} pressed={each === tool} />
        ))}
      </div>
      {brushing ? (
        <label className="wb-brush">
          {t("wb.draw.size")}
          <input
            type="range"
            min={0}
            max={Math.log2(drawing.largest)}
            step={0.1}
            value={Math.log2(radius)}
            aria-valuetext={t("wb.draw.pixels", { count: 2 * radius })}
            onChange={(event) => {
              drawing.setRadius(2 ** event.target.valueAsNumber);
            }}
            onKeyDown={(event) => {
              const by = STEPS[event.key];
              if (by === undefined) return;
              // The slider's own steps are less than a pixel for a small brush.
              event.preventDefault();
              drawing.resize(by);
            }}
          />
          <span className="wb-mono" aria-hidden="true">
            {2 * radius}
          </span>
        </label>
      ) : null}
      {tool === "outline" ? (
        <span className="wb-draw-hint" title={t("wb.draw.outlineHint")}>
          {t("wb.draw.outlineHint")}
        </span>
      ) : null}
      <span className="wb-grow" />
      <div role="group" aria-label={t("wb.draw.clean")} className="wb-draw-clean">
        {CLEANING.map((each) => (
          <ToolButton
            key={each}
            bench={bench}
            action={actions.find(({ id }) => id === `mask.${each}`)}
            icon={each}
            disabled={masklets.length === 0}
          />
        ))}
      </div>
    </div>
  );
}

interface ToolProps {
  readonly bench: Bench;
  readonly action: Action<Bench> | undefined;
  readonly icon: Tool | (typeof CLEANING)[number];
  readonly pressed?: boolean;
  readonly disabled?: boolean;
}

function ToolButton({ bench, action, icon, pressed, disabled }: ToolProps): ReactNode {
  const t = useT();
  const name = t(`wb.draw.${icon}`);
  return (
    <button
      type="button"
      className="wb-tool"
      aria-pressed={pressed}
      aria-label={name}
      disabled={disabled}
      {...keyProps(action, action ? t(action.label) : name)}
      {...keepsKeys}
      onClick={() => {
        if (action) runAction(action, bench, bench.store);
      }}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={ICONS[icon]} />
      </svg>
      <span aria-hidden="true">{name}</span>
    </button>
  );
}
