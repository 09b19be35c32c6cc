/** The same events as a table: an equal way to read and edit them, without a pointer and without a picture of time. */

import type { ReactNode } from "react";

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
                <input
                  type="number"
                  min={0}
                  max={length - 1}
                  step={1}
                  readOnly={readOnly}
                  aria-label={t(edge === "start" ? "wb.timeline.startEdge" : "wb.timeline.endEdge")}
                  value={edge === "start" ? event.grid_start : event.grid_end}
                  onChange={(change) => {
                    const frame = change.target.valueAsNumber;
                    if (Number.isInteger(frame)) onEdge(event.id, edge, frame);
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
