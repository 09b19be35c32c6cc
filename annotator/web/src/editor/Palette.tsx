/** The command palette: every action of the screen by name, with its keys; what may not run now stands below, paler. */

import { Modal } from "@mantine/core";
import { useId, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";

import { useT } from "../i18n";
import { runAction, type Action, type Editable, NO_FOCUS } from "./action";
import { chordsOf, chordText } from "./keymap";
import { rankOf } from "./matching";
import "./keys.css";

interface Props<Context> {
  readonly actions: readonly Action<Context>[];
  readonly context: () => Context;
  readonly editable: Editable | null;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function Palette<Context>(props: Props<Context>): ReactNode {
  const t = useT();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={t("wb.palette")}
      size="lg"
      yOffset="12vh"
      returnFocus
      closeButtonProps={{ "aria-label": t("wb.close") }}
    >
      {props.opened ? <Search {...props} /> : null}
    </Modal>
  );
}

interface Entry<Context> {
  readonly action: Action<Context>;
  readonly label: string;
  readonly enabled: boolean;
}

/** What needs the focus on an edge or an event of the timeline cannot be meant from here. */
function entriesOf<Context>({ actions, context }: Props<Context>, name: (action: Action<Context>) => string, typed: string): Entry<Context>[] {
  const now = context();
  const seen = new Set<string>();
  return actions
    .filter(({ scope, id }) => scope !== "edge" && scope !== "event" && id !== "palette")
    .map((action) => ({ action, label: name(action), enabled: action.enabled?.(now, NO_FOCUS) ?? true }))
    .filter(({ label }) => !seen.has(label) && seen.add(label))
    .map((entry) => ({ entry, rank: rankOf(entry.label, typed) }))
    .filter((found): found is { entry: Entry<Context>; rank: number } => found.rank !== null)
    .sort((a, b) => Number(b.entry.enabled) - Number(a.entry.enabled) || a.rank - b.rank)
    .map(({ entry }) => entry);
}

function Search<Context>(props: Props<Context>): ReactNode {
  const t = useT();
  const list = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  // What may run now is what it was when the palette opened: nothing changes behind a dialog.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const entries = useMemo(() => entriesOf(props, ({ label }) => t(label), typed), [props.actions, typed]);
  const chosen = Math.min(at, entries.length - 1);
  const run = (entry: Entry<Context> | undefined): void => {
    if (!entry?.enabled) return;
    props.onClose();
    // After the dialog has given the focus back, so that an action may put it somewhere itself.
    setTimeout(() => runAction<Context>(entry.action, props.context(), props.editable), 0);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) setAt((chosen + by + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") run(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <div className="palette">
      <input
        type="text"
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={entries[chosen] ? `${list}-${chosen}` : undefined}
        aria-label={t("wb.palette.search")}
        placeholder={t("wb.palette.search")}
        data-autofocus
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div id={list} className="palette-list" role="listbox" aria-label={t("wb.palette")}>
        {entries.map((entry, place) => (
          // The field above has the focus and the keys; a pointer may choose, too.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={entry.action.id}
            id={`${list}-${place}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === chosen}
            aria-disabled={!entry.enabled}
            ref={(row) => {
              if (place === chosen) row?.scrollIntoView({ block: "nearest" });
            }}
            onClick={() => { run(entry); }}
          >
            <span>{entry.label}</span>
            <span>
              {chordsOf(entry.action).slice(0, 2).map((chord) => (
                <kbd key={chord}>{chordText(chord)}</kbd>
              ))}
            </span>
          </div>
        ))}
      </div>
      {entries.length === 0 ? <p role="status">{t("wb.palette.none")}</p> : null}
    </div>
  );
}
