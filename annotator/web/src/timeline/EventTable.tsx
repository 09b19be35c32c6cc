/** The same events as a table: an equal way to read and edit them, without a pointer and without a picture of time. */

import { memo, useRef, useEffect, useState, type ReactNode } from "react";

import type { EventRecord } from "../editor/body";
import { useT } from "../i18n";
import type { Edge } from "./events";
import { timecode } from "./scale";

interface Props {
  readonly events: readonly EventRecord[];
  readonly selected: string | null;
  readonly length: number;
  readonly seconds: (grid: number) => number;
  readonly readOnly: boolean;
  readonly onSelect: (id: string) => void;
  readonly onEdge: (id: string, edge: Edge, frame: number) => void;
  readonly onCaption: (id: string, caption: string) => void;
  readonly onRemove: (id: string) => void;
  /** At the playhead; nothing happens where it is outside of the event. */
  readonly onSplit: (id: string) => void;
  readonly onMerge: (id: string) => void;
  readonly onAdd: () => void;
  /** Events that the rules find fault with. */
  readonly problems: ReadonlySet<string>;
}

export function EventTable(props: Props): ReactNode {
  const t = useT();
  const { events, selected, readOnly, onAdd } = props;
  // The same function for every row and render, so that an edit renders the rows that it changed.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const [handlers] = useState(() => handlersOf(() => latest.current));
  return (
    <>
      {events.length === 0 ? (
        <p className="wb-empty">{t("wb.events.empty")}</p>
      ) : (
        <table className="tl-table">
          <caption className="vg-visually-hidden">{t("wb.timeline.events")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("wb.table.start")}</th>
              <th scope="col">{t("wb.table.end")}</th>
              <th scope="col">{t("wb.table.time")}</th>
              <th scope="col">{t("wb.table.caption")}</th>
              <th scope="col">
                <span className="vg-visually-hidden">{t("wb.event.remove")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {events.map((event, i) => (
              <EventRow
                key={event.id}
                event={event}
                isSelected={event.id === selected}
                isLast={i === events.length - 1}
                isWrong={props.problems.has(event.id)}
                length={props.length}
                seconds={props.seconds}
                readOnly={readOnly}
                handlers={handlers}
              />
            ))}
          </tbody>
        </table>
      )}
      {readOnly ? null : (
        <button type="button" className="wb-small" onClick={onAdd}>
          {t("wb.table.add")}
        </button>
      )}
    </>
  );
}

type Handlers = Pick<Props, "onSelect" | "onEdge" | "onCaption" | "onRemove" | "onSplit" | "onMerge">;

function handlersOf(now: () => Props): Handlers {
  return {
    onSelect: (id) => {
      now().onSelect(id);
    },
    onEdge: (id, edge, frame) => {
      now().onEdge(id, edge, frame);
    },
    onCaption: (id, caption) => {
      now().onCaption(id, caption);
    },
    onRemove: (id) => {
      now().onRemove(id);
    },
    onSplit: (id) => {
      now().onSplit(id);
    },
    onMerge: (id) => {
      now().onMerge(id);
    },
  };
}

interface RowProps {
  readonly event: EventRecord;
  readonly isSelected: boolean;
  readonly isLast: boolean;
  readonly isWrong: boolean;
  readonly length: number;
  readonly seconds: (grid: number) => number;
  readonly readOnly: boolean;
  readonly handlers: Handlers;
}

const EventRow = memo(function EventRow(props: RowProps): ReactNode {
  const t = useT();
  const { event, isSelected, isLast, isWrong, length, seconds, readOnly, handlers } = props;
  return (
    <tr
      data-selected={isSelected || undefined}
      data-wrong={isWrong || undefined}
      onFocus={() => {
        handlers.onSelect(event.id);
      }}
    >
      {(["start", "end"] as const).map((edge) => (
        <td key={edge}>
          <FrameField
            label={t(edge === "start" ? "wb.timeline.startEdge" : "wb.timeline.endEdge")}
            value={edge === "start" ? event.grid_start : event.grid_end}
            last={length - 1}
            readOnly={readOnly}
            onFrame={(frame) => {
              handlers.onEdge(event.id, edge, frame);
            }}
          />
        </td>
      ))}
      <td className="wb-mono tl-times">
        {timecode(seconds(event.grid_start))} – {timecode(seconds(event.grid_end))}
      </td>
      <td>
        <input
          type="text"
          readOnly={readOnly}
          aria-label={t("wb.caption.label", { start: String(event.grid_start), end: String(event.grid_end) })}
          value={event.caption}
          onChange={(change) => {
            handlers.onCaption(event.id, change.target.value);
          }}
        />
      </td>
      <td>
        <div className="tl-row-tools">
          <button
            type="button"
            className="wb-small"
            disabled={readOnly}
            title={t("wb.table.splitWhy")}
            onClick={() => {
              handlers.onSplit(event.id);
            }}
          >
            {t("wb.table.split")}
          </button>
          <button
            type="button"
            className="wb-small"
            disabled={readOnly || isLast}
            title={t("wb.do.merge")}
            onClick={() => {
              handlers.onMerge(event.id);
            }}
          >
            {t("wb.table.merge")}
          </button>
          <button
            type="button"
            className="wb-small"
            disabled={readOnly}
            onClick={() => {
              handlers.onRemove(event.id);
            }}
          >
            {t("wb.event.remove")}
          </button>
        </div>
      </td>
    </tr>
  );
});

interface FieldProps {
  readonly label: string;
  readonly value: number;
  readonly last: number;
  readonly readOnly: boolean;
  readonly onFrame: (frame: number) => void;
}

/** A frame number, taken over when the field is left or Enter is pressed: half a number would move the edge. */
function FrameField({ label, value, last, readOnly, onFrame }: FieldProps): ReactNode {
  const t = useT();
  const [typed, setTyped] = useState<string | null>(null);
  const frame = typed === null || typed.trim() === "" ? null : Number(typed);
  const wrong = frame !== null && !(Number.isInteger(frame) && frame >= 0 && frame <= last);
  const take = (): void => {
    if (wrong) return;
    if (frame !== null) onFrame(frame);
    setTyped(null);
  };
  return (
    <>
      <input
        type="text"
        inputMode="numeric"
        className="wb-mono tl-frame"
        readOnly={readOnly}
        aria-label={label}
        aria-invalid={wrong || undefined}
        value={typed ?? String(value)}
        onChange={(change) => {
          setTyped(change.target.value);
        }}
        onBlur={take}
        onKeyDown={(key) => {
          if (key.key === "Enter") take();
          if (key.key === "Escape") setTyped(null);
        }}
      />
      {wrong ? (
        <span className="tl-wrong" role="alert">
          {t("wb.table.outside", { last: String(last) })}
        </span>
      ) : null}
    </>
  );
}
