/** The subjects of the task: choose, name, hide, remove, track; the prompts of the active one. */

import { useState, type ReactNode } from "react";
import { useStore } from "zustand";

import { asApiError } from "../api/error";
import { runAction, type Action } from "../editor/action";
import { keepsKeys } from "../editor/keymap";
import { KeyHint, keyProps } from "../editor/KeySheet";
import { useT } from "../i18n";
import { gridCount } from "../timeline/spans";
import type { Bench } from "./bench";
import { colorOf } from "./colors";
import { shareDone } from "./progress";
import { nameOf } from "./subjects";
import type { Masklet } from "./wire";
import { tooLong } from "../ui/tooLong";

interface Props {
  readonly bench: Bench;
  readonly actions: readonly Action<Bench>[];
  /** Subjects may be added and removed, not only corrected. */
  readonly choosing: boolean;
}

export function SubjectPanel({ bench, actions, choosing }: Props): ReactNode {
  const t = useT();
  const masklets = useStore(bench.subjects.state, (state) => state.masklets);
  const active = useStore(bench.subjects.state, (state) => state.active);
  const error = useStore(bench.subjects.state, (state) => state.error);
  const newSubject = actions.find((action) => action.id === "subject.new");
  return (
    <section aria-label={t("wb.subjects")}>
      <h2>{t(masklets.length === 1 && !choosing ? "wb.subject" : "wb.subjects")}</h2>
      {masklets.length === 0 && choosing ? <p className="wb-empty">{t("wb.subjects.empty")}</p> : null}
      <ul className="wb-subjects">
        {masklets.map((masklet) => (
          <SubjectItem key={masklet.id} bench={bench} masklet={masklet} active={masklet.id === active} choosing={choosing} />
        ))}
      </ul>
      {choosing && newSubject ? (
        <button
          type="button"
          className="wb-small wb-wide"
          {...keyProps(newSubject, t("wb.do.newSubject"))}
          onClick={() => {
            runAction(newSubject, bench, bench.store);
          }}
        >
          {t("wb.do.newSubject")} <KeyHint action={newSubject} />
        </button>
      ) : null}
      {error === null ? null : (
        <div className="wb-error" role="alert">
          <p>{asApiError(error).message}</p>
          <button
            type="button"
            className="wb-small"
            onClick={() => {
              bench.subjects.dismissError();
            }}
          >
            {t("wb.close")}
          </button>
        </div>
      )}
    </section>
  );
}

interface ItemProps {
  readonly bench: Bench;
  readonly masklet: Masklet;
  readonly active: boolean;
  readonly choosing: boolean;
}

function SubjectItem({ bench, masklet, active, choosing }: ItemProps): ReactNode {
  const t = useT();
  const { subjects, player } = bench;
  const hidden = useStore(subjects.state, (state) => state.hidden.has(masklet.id));
  const name = nameOf(masklet);
  return (
    <li data-active={active || undefined}>
      <div className="wb-subject-line">
        <button
          type="button"
          className="wb-subject"
          aria-pressed={active}
          onClick={() => {
            subjects.select(masklet.id);
          }}
        >
          <span className="wb-dot" style={{ background: colorOf(masklet.colour) }} aria-hidden="true" />
          <span>
            {name}
            <small>{stateText(masklet, bench, t)}</small>
          </span>
        </button>
        <button
          type="button"
          className="wb-icon"
          aria-pressed={!hidden}
          aria-label={t("wb.subject.show", { name })}
          title={t("wb.subject.show", { name })}
          onClick={() => {
            subjects.toggleHidden(masklet.id);
          }}
        >
          {hidden ? "○" : "●"}
        </button>
      </div>
      {active && subjects.editable ? (
        <div className="wb-subject-edit">
          <LabelField bench={bench} masklet={masklet} />
          <TrackButton bench={bench} masklet={masklet} />
          {choosing ? (
            <button
              type="button"
              className="wb-small"
              onClick={() => {
                const { draft } = subjects.state.getState();
                const empty = masklet.prompts.length === 0 && draft?.masklet !== masklet.id;
                if (empty || window.confirm(t("wb.subject.removeSure", { name }))) {
                  void subjects.remove(masklet.id);
                }
              }}
            >
              {t("wb.subject.remove")}
            </button>
          ) : null}
          <Prompts bench={bench} masklet={masklet} onGo={(picture) => { player.show(picture); }} />
        </div>
      ) : null}
    </li>
  );
}

function stateText(masklet: Masklet, bench: Bench, t: ReturnType<typeof useT>): string {
  const { track } = masklet;
  const { table } = bench.player;
  if (!track) return t(masklet.prompts.length === 0 ? "wb.subject.noPrompts" : "wb.subject.untracked");
  if (track.state === "running") {
    return t("wb.subject.tracking", { percent: String(Math.floor(shareDone(track, table.count) * 100)) });
  }
  if (track.state === "cancelled") return t("wb.subject.cancelled");
  if (track.state === "failed") return t("wb.subject.failed");
  if (track.stale) return t("wb.subject.stale");
  const present = gridCount(track.presence ?? [], table.grid);
  return t("wb.subject.present", { present, length: table.grid.length, spans: track.presence?.length ?? 0 });
}

/** Of a subject's name, as the server takes it. */
const MOST_LETTERS = 200;

function LabelField({ bench, masklet }: { readonly bench: Bench; readonly masklet: Masklet }): ReactNode {
  const t = useT();
  const [label, setLabel] = useState(masklet.label);
  const long = tooLong(label, MOST_LETTERS);
  const save = (): void => {
    if (!long && label.trim() !== masklet.label) void bench.subjects.rename(masklet.id, label.trim());
  };
  return (
    <label className="wb-field">
      {t("wb.subject.label")}
      <input
        type="text"
        value={label}
        aria-invalid={long !== undefined}
        placeholder={t("wb.subject.labelHint")}
        onChange={(event) => {
          setLabel(event.target.value);
        }}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          event.currentTarget.blur();
        }}
      />
      {long ? (
        <span className="wb-wrong" role="alert">
          {long}
        </span>
      ) : null}
    </label>
  );
}

function TrackButton({ bench, masklet }: { readonly bench: Bench; readonly masklet: Masklet }): ReactNode {
  const t = useT();
  const { subjects, player } = bench;
  const running = masklet.track?.state === "running";
  const fresh = masklet.track?.state === "done" && !masklet.track.stale;
  if (running) {
    return (
      <div className="wb-tracking">
        <progress value={shareDone(masklet.track, player.table.count)} aria-label={t("wb.track.progress")} />
        <button
          type="button"
          className="wb-small"
          onClick={() => {
            void subjects.cancel(masklet.id);
          }}
        >
          {t("wb.track.cancel")} <kbd aria-hidden="true">P</kbd>
        </button>
      </div>
    );
  }
  return (
    <button
      type="button"
      className={fresh ? "wb-small" : "wb-small wb-strong"}
      disabled={masklet.prompts.length === 0}
      aria-keyshortcuts="P"
      onClick={() => {
        void subjects.track(masklet.id);
      }}
    >
      {t(masklet.track ? "wb.track.again" : "wb.track.start")} <kbd aria-hidden="true">P</kbd>
    </button>
  );
}

interface PromptsProps {
  readonly bench: Bench;
  readonly masklet: Masklet;
  readonly onGo: (picture: number) => void;
}

function Prompts({ bench, masklet, onGo }: PromptsProps): ReactNode {
  const t = useT();
  const prompts = [...masklet.prompts].sort((a, b) => a.picture - b.picture);
  if (prompts.length === 0) return <p className="wb-empty">{t("wb.prompts.empty")}</p>;
  return (
    <>
      <h3>{t("wb.prompts")}</h3>
      <ul className="wb-prompts">
        {prompts.map((prompt) => (
          <li key={prompt.picture}>
            <button
              type="button"
              className="wb-link wb-mono"
              {...keepsKeys}
              onClick={() => {
                onGo(prompt.picture);
              }}
            >
              {prompt.picture}
            </button>
            <span>
              {prompt.absent
                ? t("wb.prompt.absent")
                : prompt.box
                  ? t("wb.prompt.box")
                  : prompt.points.length === 0
                    ? t("wb.prompt.drawn")
                    : t("wb.prompt.points", { count: prompt.points.length })}
            </span>
            <button
              type="button"
              className="wb-icon"
              aria-label={t("wb.prompt.remove", { picture: String(prompt.picture) })}
              title={t("wb.prompt.remove", { picture: String(prompt.picture) })}
              onClick={() => {
                void bench.subjects.removePrompt(prompt.picture);
              }}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
