/** What can be done with the masks of the active subject: a range, flags, locks, versions, splitting and merging. */

import { type ReactNode } from "react";
import { useStore } from "zustand";

import { NO_FOCUS, runAction, type Action } from "../editor/action";
import { keepsKeys } from "../editor/keymap";
import { KeyHint, keyProps } from "../editor/KeySheet";
import { useDocumentState } from "../editor/useDocument";
import { useT, type MessageKey } from "../i18n";
import { usePlayerState } from "../player/usePlayer";
import { without } from "../timeline/spans";
import type { Bench } from "./bench";
import { JoinFold, VersionsFold } from "./maskFolds";
import { nameOf } from "./subjects";
import type { Direction, Masklet } from "./wire";
import "./masks.css";

const DIRECTIONS: readonly Direction[] = ["both", "forward", "backward"];

interface Props {
  readonly bench: Bench;
  readonly actions: readonly Action<Bench>[];
  readonly choosing: boolean;
}

export function MaskPanel({ bench, actions, choosing }: Props): ReactNode {
  const t = useT();
  const masklet = useStore(bench.subjects.state, ({ masklets, active }) => masklets.find(({ id }) => id === active));
  if (!masklet?.track) return null;
  return (
    <section className="wb-masks" aria-label={t("wb.masks", { name: nameOf(masklet) })}>
      <h2>{t("wb.masks", { name: nameOf(masklet) })}</h2>
      <Range bench={bench} actions={actions} masklet={masklet} />
      <Flags bench={bench} masklet={masklet} />
      <Locks bench={bench} masklet={masklet} />
      <VersionsFold bench={bench} masklet={masklet} />
      {choosing ? <JoinFold bench={bench} actions={actions} masklet={masklet} /> : null}
    </section>
  );
}

interface PartProps {
  readonly bench: Bench;
  readonly masklet: Masklet;
}

function Range({ bench, actions, masklet }: PartProps & { readonly actions: readonly Action<Bench>[] }): ReactNode {
  const t = useT();
  const range = useStore(bench.view, (state) => state.range);
  const direction = useStore(bench.view, (state) => state.direction);
  const find = (id: string): Action<Bench> | undefined => actions.find((each) => each.id === id);
  const clear = find("range.clear");
  const possible = usePossible(bench, ["range.stretch", "range.lock", "range.unlock"].map(find));
  const button = (id: string, name: MessageKey, whyNot: string | null = null): ReactNode => {
    const action = find(id);
    return (
      <button
        type="button"
        className="wb-small"
        disabled={whyNot !== null}
        {...keyProps(action, action ? t(action.label) : t(name))}
        {...(whyNot === null ? {} : { title: whyNot })}
        {...keepsKeys}
        onClick={() => {
          if (action) runAction(action, bench, bench.store);
        }}
      >
        {t(name)} <KeyHint action={action} />
      </button>
    );
  };
  return (
    <div role="group" aria-label={t("wb.range")} className="wb-range">
      <p>
        <span role="status">
          {range ? t("wb.range.is", { start: range[0], end: range[1], count: range[1] - range[0] + 1 }) : t("wb.range.none")}
        </span>
        {range ? (
          <button
            type="button"
            className="wb-icon"
            aria-label={t("wb.do.rangeClear")}
            {...keepsKeys}
            {...keyProps(clear, t("wb.do.rangeClear"))}
            onClick={() => {
              if (clear) runAction(clear, bench, bench.store);
            }}
          >
            ×
          </button>
        ) : null}
      </p>
      <div>
        {button("range.start", "wb.range.start")}
        {button("range.end", "wb.range.end")}
        {button("range.stretch", "wb.range.stretch", possible[0] ? null : t("wb.range.noStretch"))}
      </div>
      <div>
        {button("range.lock", "wb.range.lock", possible[1] ? null : t("wb.range.noSpan"))}
        {button("range.unlock", "wb.range.unlock", possible[2] ? null : t("wb.range.noLock"))}
      </div>
      {range ? (
        <div>
          {button("range.follow", "wb.range.follow", masklet.track?.state === "running" ? t("wb.range.following") : null)}
          <select
            aria-label={t("wb.range.direction")}
            value={direction}
            onChange={(event) => {
              bench.view.setState({ direction: DIRECTIONS.find((each) => each === event.target.value) ?? "both" });
            }}
          >
            {DIRECTIONS.map((each) => (
              <option key={each} value={each}>
                {t(`wb.range.${each}`)}
              </option>
            ))}
          </select>
        </div>
      ) : null}
    </div>
  );
}

/** Which of the actions may run: they depend on the playhead, the range, the selected event and the subject. */
function usePossible(bench: Bench, actions: readonly (Action<Bench> | undefined)[]): readonly boolean[] {
  const now = (): string => actions.map((action) => (action?.enabled?.(bench, NO_FOCUS) ? "1" : "0")).join("");
  useStore(bench.view);
  useDocumentState(bench.store, (state) => state.body);
  useStore(bench.subjects.state, ({ masklets, active }) => masklets.find(({ id }) => id === active));
  return [...usePlayerState(bench.player, now)].map((sign) => sign === "1");
}

function Flags({ bench, masklet }: PartProps): ReactNode {
  const t = useT();
  const flags = masklet.track?.flags ?? [];
  if (flags.length === 0) return null;
  return (
    <details open>
      <summary>{t("wb.flags", { count: flags.length })}</summary>
      <ul className="wb-spans">
        {flags.map((flag) => (
          <li key={`${flag.picture_start} ${flag.why}`}>
            <Go bench={bench} start={flag.picture_start} end={flag.picture_end} />
            <span>{t(`wb.flag.${flag.why}`)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Locks({ bench, masklet }: PartProps): ReactNode {
  const t = useT();
  if (masklet.locks.length === 0) return null;
  return (
    <details open>
      <summary>{t("wb.locks", { count: masklet.locks.length })}</summary>
      <ul className="wb-spans">
        {masklet.locks.map((span) => (
          <li key={span.join(" ")}>
            <Go bench={bench} start={span[0]} end={span[1]} />
            <span>{t("wb.lock.held")}</span>
            <button
              type="button"
              className="wb-icon"
              aria-label={t("wb.lock.remove", { start: span[0], end: span[1] })}
              title={t("wb.lock.remove", { start: span[0], end: span[1] })}
              onClick={() => {
                void bench.subjects.lock(masklet.id, (locks) => without(locks, span));
              }}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Go({ bench, start, end }: { readonly bench: Bench; readonly start: number; readonly end: number }): ReactNode {
  return (
    <button
      type="button"
      className="wb-link wb-mono"
      {...keepsKeys}
      onClick={() => {
        bench.player.show(start);
      }}
    >
      {start === end ? start : `${start} – ${end}`}
    </button>
  );
}
