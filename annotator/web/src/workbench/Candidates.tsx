/** The masks that a click may mean: which one is shown, and how to go on. */

import type { ComponentProps, ReactNode } from "react";
import { useStore } from "zustand";

import type { ApiError } from "../api/error";
import { keepsKeys } from "../editor/keymap";
import { useT, type Translate } from "../i18n";
import { usePlayerState } from "../player/usePlayer";
import type { Bench } from "./bench";
import type { Draft, Drafts } from "./drafts";

export function Candidates({ bench }: { readonly bench: Bench }): ReactNode {
  const t = useT();
  const { subjects, player } = bench;
  const draft = useStore(subjects.state, (state) => state.draft);
  const active = useStore(subjects.state, (state) => state.active);
  const refused = useStore(subjects.state, (state) => state.refused);
  const shown = usePlayerState(player, (state) => state.shown === draft?.picture);
  if (!draft) return <OpenOutline bench={bench} refused={refused} />;
  const { drafts } = subjects;
  const here = shown && draft.masklet === active;
  const picture = String(draft.picture);
  return (
    <div className="wb-candidates" role="group" aria-label={t("wb.candidates")}>
      {refused ? <strong role="alert">{t("wb.draft.first", { picture })}</strong> : null}
      {here ? null : (
        <Small
          onClick={() => {
            subjects.select(draft.masklet);
            player.show(draft.picture);
          }}
        >
          {t("wb.draft.go", { picture })}
        </Small>
      )}
      {draft.unanswered ? (
        <>
          <span role="alert">{whyUnanswered(draft.unanswered, t)}</span>
          <Small strong onClick={() => void drafts.accept()}>
            {t("wb.retry")} <kbd aria-hidden="true">↵</kbd>
          </Small>
        </>
      ) : draft.waiting ? (
        <span role="status">{t(draft.drawn ? "wb.candidates.drawing" : "wb.candidates.waiting")}</span>
      ) : draft.candidates.length === 0 ? (
        <span role="status">{t("wb.candidates.none")}</span>
      ) : (
        <Choice drafts={drafts} draft={draft} />
      )}
      <Small
        onClick={() => {
          drafts.discard();
        }}
      >
        {t("wb.do.discard")} <kbd aria-hidden="true">Esc</kbd>
      </Small>
    </div>
  );
}

/** Corners that are not closed, when they are on another picture or stand in the way. */
function OpenOutline({ bench, refused }: { readonly bench: Bench; readonly refused: boolean }): ReactNode {
  const t = useT();
  const { drawing, player } = bench;
  const open = useStore(drawing.state, (state) => state.corners.length > 0);
  const on = useStore(drawing.state, (state) => state.picture);
  const here = usePlayerState(player, (state) => state.shown === on);
  if (!open || (here && !refused)) return null;
  const picture = String(on);
  return (
    <div className="wb-candidates" role="group" aria-label={t("wb.do.tool.outline")}>
      {refused ? <strong role="alert">{t("wb.draft.first", { picture })}</strong> : null}
      {here ? null : (
        <Small
          onClick={() => {
            player.show(on);
          }}
        >
          {t("wb.draft.go", { picture })}
        </Small>
      )}
      <Small
        onClick={() => {
          drawing.leaveOutline();
        }}
      >
        {t("wb.do.leaveOutline")}
      </Small>
    </div>
  );
}

function whyUnanswered(error: ApiError, t: Translate): string {
  return error.status === 0 || error.status >= 500 ? t("wb.draft.unreached") : error.message;
}

/** The masks there are, and the one that is shown. */
function Choice({ drafts, draft }: { readonly drafts: Drafts; readonly draft: Draft }): ReactNode {
  const t = useT();
  const which = t("wb.candidates.which", { number: String(draft.chosen + 1), count: String(draft.candidates.length) });
  return (
    <>
      <span role="status">{draft.drawn ? t("wb.candidates.drawn") : which}</span>
      {(draft.drawn ? [] : draft.candidates).map((candidate, i) => (
        <Small
          key={i}
          aria-pressed={i === draft.chosen}
          title={t("wb.candidates.score", { score: candidate.score.toFixed(2) })}
          onClick={() => {
            drafts.choose(i);
          }}
        >
          {i + 1}
        </Small>
      ))}
      <Small strong onClick={() => void drafts.accept()}>
        {t("wb.do.accept")} <kbd aria-hidden="true">↵</kbd>
      </Small>
    </>
  );
}

/** A button of the bar; a click leaves the keys to the scene. */
function Small({ strong, ...props }: ComponentProps<"button"> & { readonly strong?: boolean }): ReactNode {
  return <button type="button" className={strong ? "wb-small wb-strong" : "wb-small"} {...keepsKeys} {...props} />;
}

/** Clicks and the box of the draft, or of the prompt stored on the picture, in proxy pixels. */
export function PromptMarks({ bench, picture }: { readonly bench: Bench; readonly picture: number }): ReactNode {
  const draft = useStore(bench.subjects.state, (state) => state.draft);
  const masklets = useStore(bench.subjects.state, (state) => state.masklets);
  const active = useStore(bench.subjects.state, (state) => state.active);
  const stored = masklets.find((masklet) => masklet.id === active)?.prompts.find((prompt) => prompt.picture === picture);
  const shown = draft?.picture === picture && draft.masklet === active ? draft : stored;
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
