/** The sheet of all keys, made from the same actions that the keys run. */

import { Modal } from "@mantine/core";
import type { ReactNode } from "react";

import { useT } from "../i18n";
import type { Action } from "./action";
import { chordAria, chordsOf, chordText } from "./keymap";
import "./keys.css";

interface Props<Context> {
  readonly actions: readonly Action<Context>[];
  readonly opened: boolean;
  readonly onClose: () => void;
}

const GROUPS = ["play", "mark", "subject", "draw", "track", "document"] as const;

export function KeySheet<Context>({ actions, opened, onClose }: Props<Context>): ReactNode {
  const t = useT();
  const groups = GROUPS.map((group) => ({ group, items: actions.filter((action) => action.group === group) }));
  return (
    <Modal opened={opened} onClose={onClose} title={t("wb.keys.title")} size="xl" closeButtonProps={{ "aria-label": t("wb.close") }}>
      <div className="keys-sheet">
        {groups
          .filter(({ items }) => items.length > 0)
          .map(({ group, items }) => (
            <section key={group} aria-label={t(`wb.keys.${group}`)}>
              <h3>{t(`wb.keys.${group}`)}</h3>
              <dl>
                {items.map((action) => (
                  <div key={action.id}>
                    <dt>{t(action.label)}</dt>
                    <dd>
                      {chordsOf(action).map((chord) => (
                        <kbd key={chord}>{chordText(chord)}</kbd>
                      ))}
                      {action.scope === "edge" || action.scope === "event" ? <small>{t(`wb.keys.on.${action.scope}`)}</small> : null}
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
