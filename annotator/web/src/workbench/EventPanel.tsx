/** Events with their captions in the order of time, live checks beside each field, and what the system fills in. */

import { memo, useMemo, type ReactNode } from "react";
import { useStore } from "zustand";

import { runAction, type Action } from "../editor/action";
import { eventsOf, type EventRecord } from "../editor/body";
import type { Problem } from "../editor/documentStore";
import { KeyHint, keyProps } from "../editor/KeySheet";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import { told } from "../i18n/told";
import { setCaption } from "../timeline/events";
import type { Span } from "../timeline/spans";
import type { Bench } from "./bench";
import { captionChecks, LOCAL_CODES } from "./captionChecks";
import { EVENT_CODES, eventChecks, words } from "./eventChecks";
import { filledSpans } from "./presence";

interface Props {
  readonly bench: Bench;
  readonly actions: readonly Action<Bench>[];
}

type Row = { readonly event: EventRecord } | { readonly filled: Span };

export function EventPanel({ bench, actions }: Props): ReactNode {
  const t = useT();
  const body = useDocumentState(bench.store, (state) => state.body);
  const problems = useDocumentState(bench.store, (state) => state.problems);
  const masklets = useStore(bench.subjects.state, (state) => state.masklets);
  const rows = useMemo((): Row[] => {
    const events = eventsOf(body);
    const filled = filledSpans(events, bench.present(), bench.player.table.grid.length);
    const all: Row[] = [...events.map((event) => ({ event })), ...filled.map((span) => ({ filled: span }))];
    return all.sort((a, b) => startOf(a) - startOf(b));
    // Presence comes from the masklets.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [body, masklets, bench]);
  const alike = useMemo(() => alikeOf(eventsOf(body)), [body]);
  // The server speaks about what it has; while edits are under way its words may be out of date.
  const settled = useDocumentState(bench.store, (state) => state.unsaved === 0);
  const count = Object.keys(body.events).length;
  const newEvent = actions.find((action) => action.id === "event.new");
  const general = problems.filter((problem) => !problem.field.startsWith("events."));
  return (
    <section aria-label={t("wb.events")} className="wb-events">
      <h2>{t("wb.events.count", { count })}</h2>
      {count === 0 ? <p className="wb-empty">{t("wb.events.empty")}</p> : null}
      {general.length > 0 && count > 0 && settled ? (
        <ul className="wb-problems" aria-label={t("wb.problems")}>
          {general.map((problem) => (
            <li key={problem.code + problem.message} data-severity={problem.severity}>
              {told(problem.message)}
            </li>
          ))}
        </ul>
      ) : null}
      <ul className="wb-event-list">
        {rows.map((row) =>
          "event" in row ? (
            <EventCard key={row.event.id} bench={bench} event={row.event} alike={alike.get(row.event.id) ?? NONE} problems={problems} />
          ) : (
            <li key={`filled ${row.filled[0]}`} className="wb-event" data-filled>
              <span className="wb-event-time wb-mono">
                <b>
                  {row.filled[0]} – {row.filled[1]}
                </b>{" "}
                {t("wb.filledBySystem")}
              </span>
              <p>{t("wb.timeline.filled")}</p>
            </li>
          ),
        )}
      </ul>
      {newEvent && !bench.store.state.getState().readOnly ? (
        <button
          type="button"
          className="wb-small wb-wide"
          {...keyProps(newEvent, t("wb.do.newEvent"))}
          onClick={() => {
            runAction(newEvent, bench, bench.store);
          }}
        >
          {t("wb.do.newEvent")} <KeyHint action={newEvent} />
        </button>
      ) : null}
    </section>
  );
}

function startOf(row: Row): number {
  return "event" in row ? row.event.grid_start : row.filled[0];
}

const NONE: readonly EventRecord[] = [];

/** By their ids, events that share a caption, with all that have it: looked for once, and not by each of 500 cards. */
function alikeOf(events: readonly EventRecord[]): ReadonlyMap<string, readonly EventRecord[]> {
  const groups = new Map<string, EventRecord[]>();
  for (const event of events) {
    const own = words(event.caption);
    const group = groups.get(own);
    if (group) group.push(event);
    else if (own !== "") groups.set(own, [event]);
  }
  const several = [...groups.values()].filter((group) => group.length > 1);
  return new Map(several.flatMap((group) => group.map((event) => [event.id, group] as const)));
}

interface CardProps {
  readonly bench: Bench;
  readonly event: EventRecord;
  /** Events with the same caption. */
  readonly alike: readonly EventRecord[];
  readonly problems: readonly Problem[];
}

const EventCard = memo(function EventCard({ bench, event, alike, problems }: CardProps): ReactNode {
  const t = useT();
  const { table } = bench.player;
  const selected = useStore(bench.view, (view) => view.selected === event.id);
  const readOnly = useDocumentState(bench.store, (state) => state.readOnly);
  const checksId = `checks-${event.id}`;
  const from = table.seconds(table.pictureOfGrid(event.grid_start)).toFixed(1);
  const to = table.seconds(table.pictureOfGrid(event.grid_end)).toFixed(1);
  // An empty field is only reproached once it has been left.
  const checks = useMemo(
    () => [
      ...captionChecks(event.caption).filter((check) => check.code !== "empty" || !selected),
      ...eventChecks(event, alike, table.grid.length),
    ],
    [event, alike, selected, table],
  );
  const own = problems.filter((each) => {
    return each.field.split(".")[1] === event.id && each.field.startsWith("events.") && !LOCAL_CODES.has(each.code) && !EVENT_CODES.has(each.code);
  });
  const select = (): void => {
    bench.view.setState({ selected: event.id });
    const head = table.gridOf(bench.player.playhead);
    if (!bench.player.playing && (head < event.grid_start || head > event.grid_end)) {
      bench.player.show(table.pictureOfGrid(event.grid_start));
    }
  };
  return (
    <li className="wb-event" data-selected={selected || undefined}>
      <span className="wb-event-time wb-mono">
        <b>
          {event.grid_start} – {event.grid_end}
        </b>{" "}
        {from}–{to} s
        {selected ? <i>{t("wb.event.selected")}</i> : null}
      </span>
      <textarea
        data-caption={event.id}
        rows={2}
        readOnly={readOnly}
        value={event.caption}
        placeholder={t("wb.caption.hint")}
        aria-label={t("wb.caption.label", { start: String(event.grid_start), end: String(event.grid_end) })}
        aria-describedby={checksId}
        aria-invalid={checks.some((check) => check.severity === "error")}
        onFocus={select}
        onChange={(change) => {
          const caption = change.target.value;
          bench.store.edit("wb.do.caption", (body) => setCaption(body, event.id, caption), `caption:${event.id}`);
        }}
        onBlur={() => {
          bench.store.seal();
        }}
        onKeyDown={(key) => {
          // A caption is one line; Enter goes on to the next one.
          if (key.key !== "Enter" || key.nativeEvent.isComposing || key.ctrlKey || key.metaKey) return;
          key.preventDefault();
          const fields = [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-caption]")];
          const next = fields[fields.indexOf(key.currentTarget) + 1];
          if (next) next.focus();
          else key.currentTarget.blur();
        }}
      />
      <ul id={checksId} className="wb-checks" aria-live="polite">
        {checks.map((check) => (
          <li key={check.code} data-severity={check.severity}>
            {t(check.message, check.vars)}
          </li>
        ))}
        {own.map((problem) => (
          <li key={problem.code} data-severity={problem.severity}>
            {told(problem.message)}
          </li>
        ))}
      </ul>
    </li>
  );
});
