/** The sheet of all keys, made from the same actions that the keys run; and where a person gives an action other keys. */

import { Modal } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";

import { useT } from "../i18n";
import { usePreferences } from "../ui/preferences";
import type { Action } from "./action";
import { chordAria, chordOf, chordsOf, chordText } from "./keymap";
import { holderOf, isTaken, type OwnKeys } from "./remap";
import "./keys.css";

interface Props<Context> {
  readonly actions: readonly Action<Context>[];
  readonly opened: boolean;
  readonly onClose: () => void;
}

export const GROUPS = ["play", "mark", "subject", "draw", "track", "document"] as const;
const MODIFIERS = /^(Control|Meta|Alt|Shift|OS|CapsLock|Lang|HangulMode|Hanja)/;

export function KeySheet<Context>({ actions, opened, onClose }: Props<Context>): ReactNode {
  const t = useT();
  const { preferences, change } = usePreferences();
  const [asking, setAsking] = useState<string | null>(null);
  const own = preferences.keys;
  const groups = GROUPS.map((group) => ({ group, items: actions.filter((action) => action.group === group) }));
  const set = (keys: OwnKeys): void => {
    change({ keys: Object.fromEntries(Object.entries(keys).map(([id, chords]) => [id, [...chords]])) });
  };
  const close = (): void => {
    setAsking(null);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("wb.keys.title")}
      size="xl"
      closeOnEscape={asking === null}
      closeButtonProps={{ "aria-label": t("wb.close") }}
    >
      <div className="keys-head">
        <p>{t("wb.keys.about")}</p>
        {Object.keys(own).length > 0 ? (
          <button type="button" className="keys-change" onClick={() => { set({}); }}>
            {t("wb.keys.resetAll")}
          </button>
        ) : null}
      </div>
      <div className="keys-sheet">
        {groups
          .filter(({ items }) => items.length > 0)
          .map(({ group, items }) => (
            <section key={group} aria-label={t(`wb.keys.${group}`)}>
              <h3>{t(`wb.keys.${group}`)}</h3>
              <dl>
                {items.map((action) => (
                  <div key={action.id} data-action={action.id} data-own={own[action.id] ? true : undefined}>
                    <dt>{t(action.label)}</dt>
                    <dd>
                      {asking === action.id ? (
                        <Capture
                          actions={actions}
                          action={action}
                          onChord={(chord) => {
                            if (chord !== null) set({ ...own, [action.id]: [chord] });
                            setAsking(null);
                          }}
                          onReset={
                            own[action.id]
                              ? () => {
                                  set(Object.fromEntries(Object.entries(own).filter(([id]) => id !== action.id)));
                                  setAsking(null);
                                }
                              : null
                          }
                        />
                      ) : (
                        <>
                          {chordsOf(action).map((chord) => (
                            <kbd key={chord}>{chordText(chord)}</kbd>
                          ))}
                          {action.scope === "edge" || action.scope === "event" ? <small>{t(`wb.keys.on.${action.scope}`)}</small> : null}
                          <button
                            type="button"
                            className="keys-change"
                            aria-label={t("wb.keys.changeOf", { name: t(action.label) })}
                            onClick={() => { setAsking(action.id); }}
                          >
                            {t("wb.keys.change")}
                          </button>
                        </>
                      )}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
      </div>
    </Modal>
  );
}

interface CaptureProps<Context> {
  readonly actions: readonly Action<Context>[];
  readonly action: Action<Context>;
  /** The chord that was pressed and is free; null when the person gave up. */
  readonly onChord: (chord: string | null) => void;
  readonly onReset: (() => void) | null;
}

/** Waits for the next chord; one that is taken is refused here, with what it does. */
function Capture<Context>({ actions, action, onChord, onReset }: CaptureProps<Context>): ReactNode {
  const t = useT();
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.isComposing || MODIFIERS.test(event.code) || MODIFIERS.test(event.key)) return;
      const target = event.target instanceof Element ? event.target : null;
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      // Tab, and Enter or Space on a button of the dialog, mean what they always mean.
      if (plain && (event.code === "Tab" || (["Enter", "Space"].includes(event.code) && target?.closest("[data-capture] button")))) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.code === "Escape") {
        onChord(null);
        return;
      }
      const chord = chordOf(event);
      const holder = holderOf(actions, action, chord);
      if (holder) setRefused(t("wb.keys.used", { key: chordText(chord), name: t(holder.label) }));
      else if (isTaken(chord)) setRefused(t("wb.keys.browsers", { key: chordText(chord) }));
      else onChord(chord);
    };
    window.addEventListener("keydown", press, { capture: true });
    return () => {
      window.removeEventListener("keydown", press, { capture: true });
    };
  }, [actions, action, onChord, t]);
  return (
    <span data-capture className="keys-capture">
      <em role="status">{refused ?? t("wb.keys.press")}</em>
      {onReset ? (
        <button type="button" className="keys-change" onClick={onReset}>
          {t("wb.keys.reset")}
        </button>
      ) : null}
      <button type="button" className="keys-change" onClick={() => { onChord(null); }}>
        {t("cancel")}
      </button>
    </span>
  );
}

/** The first key of an action, for a button; null where it has none. */
export function KeyHint<Context>({ action }: { readonly action: Action<Context> | undefined }): ReactNode {
  const chord = action && chordsOf(action)[0];
  return chord === undefined ? null : (
    <kbd className="key-hint" aria-hidden="true">
      {chordText(chord)}
    </kbd>
  );
}

/** `aria-keyshortcuts` and a tooltip for the button of an action. */
export function keyProps<Context>(action: Action<Context> | undefined, label: string): Record<string, string> {
  const chords = action ? chordsOf(action) : [];
  if (chords.length === 0) return { title: label };
  return { title: `${label} (${chords.map((chord) => chordText(chord)).join(", ")})`, "aria-keyshortcuts": chords.map(chordAria).join(" ") };
}
