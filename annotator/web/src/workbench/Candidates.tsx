/** The masks that a click may mean: which one is shown, and how to go on. */

import type { ReactNode } from "react";
import { useStore } from "zustand";

import { useT } from "../i18n";
import type { Bench } from "./bench";

export function Candidates({ bench }: { readonly bench: Bench }): ReactNode {
  const t = useT();
  const { subjects } = bench;
  const draft = useStore(subjects.state, (state) => state.draft);
  if (!draft) return null;
  return (
    <div className="wb-candidates" role="group" aria-label={t("wb.candidates")}>
      {draft.waiting ? (
        <span role="status">{t(draft.drawn ? "wb.candidates.drawing" : "wb.candidates.waiting")}</span>
      ) : draft.candidates.length === 0 ? (
        <span role="status">{t("wb.candidates.none")}</span>
      ) : (
        <>
          <span role="status">
            {draft.drawn
              ? t("wb.candidates.drawn")
              : t("wb.candidates.which", { number: String(draft.chosen + 1), count: String(draft.candidates.length) })}
          </span>
          {(draft.drawn ? [] : draft.candidates).map((candidate, i) => (
            <button
              key={i}
              type="button"
              className="wb-small"
              aria-pressed={i === draft.chosen}
              title={t("wb.candidates.score", { score: candidate.score.toFixed(2) })}
              onClick={() => {
                subjects.drafts.choose(i);
              }}
            >
              {i + 1}
            </button>
          ))}
          <button
            type="button"
            className="wb-small wb-strong"
            onClick={() => {
              void subjects.drafts.accept();
            }}
          >
            {t("wb.do.accept")} <kbd aria-hidden="true">↵</kbd>
          </button>
        </>
      )}
      <button
        type="button"
        className="wb-small"
        onClick={() => {
          subjects.drafts.discard();
        }}
      >
        {t("wb.do.discard")} <kbd aria-hidden="true">Esc</kbd>
      </button>
    </div>
  );
}

/** Clicks and the box of the draft, or of the prompt stored on the picture, in proxy pixels. */
export function PromptMarks({ bench, picture }: { readonly bench: Bench; readonly picture: number }): ReactNode {
  const draft = useStore(bench.subjects.state, (state) => state.draft);
  const masklets = useStore(bench.subjects.state, (state) => state.masklets);
  const active = useStore(bench.subjects.state, (state) => state.active);
  const stored = masklets.find((masklet) => masklet.id === active)?.prompts.find((prompt) => prompt.picture === picture);
  const shown = draft?.picture === picture ? draft : stored;
  if (!shown) return null;
  const size = bench.player.table.width / 130;
  return (
    <g aria-hidden="true">
      {shown.box ? (
        <rect
          className="wb-mark-box"
          x={shown.box.x1}
          y={shown.box.y1}
          width={shown.box.x2 - shown.box.x1}
          height={shown.box.y2 - shown.box.y1}
        />
      ) : null}
      {shown.points.map((point, i) => (
        <g key={`${point.x} ${point.y} ${i}`} className="wb-mark" data-positive={point.positive || undefined}>
          <circle cx={point.x} cy={point.y} r={size} />
          <path
            d={`M ${point.x - size / 2} ${point.y} h ${size}` + (point.positive ? ` M ${point.x} ${point.y - size / 2} v ${size}` : "")}
          />
        </g>
      ))}
    </g>
  );
}
