/** The same events as a table: an equal way to read and edit them, without a pointer and without a picture of time. */

import { useState, type ReactNode } from "react";

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
}

export function EventTable(props: Props): ReactNode {
  const t = useT();
  const { events, selected, length, seconds, readOnly, onSelect, onEdge, onCaption, onRemove } = props;
  if (events.length === 0) return <p className="wb-empty">{t("wb.events.empty")}</p>;
  return (
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
        {events.map((event) => (
          <tr
            key={event.id}
            data-selected={event.id === selected || undefined}
            onFocus={() => {
              onSelect(event.id);
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
                    onEdge(event.id, edge, frame);
                  }}
                />
              </td>
            ))}
            <td className="wb-mono">
              {timecode(seconds(event.grid_start))} – {timecode(seconds(event.grid_end))}
            </td>
            <td>
              <input
                type="text"
                readOnly={readOnly}
                aria-label={t("wb.caption.label", { start: String(event.grid_start), end: String(event.grid_end) })}
                value={event.caption}
                onChange={(change) => {
                  onCaption(event.id, change.target.value);
                }}
              />
            </td>
            <td>
              <button
                type="button"
                className="wb-small"
                disabled={readOnly}
                onClick={() => {
                  onRemove(event.id);
                }}
              >
                {t("wb.event.remove")}
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: number;
  readonly last: number;
  readonly readOnly: boolean;
  readonly onFrame: (frame: number) => void;
}

/** A frame number, taken over when the field is left or Enter is pressed: half a number would move the edge. */
function FrameField({ label, value, last, readOnly, onFrame }: FieldProps): ReactNode {
  const [typed, setTyped] = useState<string | null>(null);
  const take = (): void => {
    const frame = Number(typed);
    if (typed !== null && typed.trim() !== "" && Number.isInteger(frame)) onFrame(frame);
    setTyped(null);
  };
  return (
    <input
      type="number"
      min={0}
      max={last}
      step={1}
      readOnly={readOnly}
      aria-label={label}
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
  );
}
