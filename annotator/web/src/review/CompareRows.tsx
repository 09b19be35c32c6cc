/** The parts of two documents in rows, left and right, with the words marked that the other side does not have. */

import { useEffect, useRef, type ReactNode } from "react";

import { Words } from "../editor/MarkedWords";
import { useT } from "../i18n";
import { formatShare } from "../ui/format";
import type { Cell, Row } from "./compare";

interface Props {
  readonly rows: readonly Row[];
  readonly chosen: string | null;
  readonly names: { readonly left: string; readonly right: string };
  readonly onChoose: (row: Row) => void;
}

export function CompareRows({ rows, chosen, names, onChoose }: Props): ReactNode {
  const t = useT();
  if (rows.length === 0) return <p className="cmp-empty">{t("compare.noParts")}</p>;
  return (
    <ol className="cmp-rows">
      {rows.map((row, at) => (
        <RowItem key={row.id} row={row} number={at + 1} isChosen={row.id === chosen} names={names} onChoose={onChoose} />
      ))}
    </ol>
  );
}

interface ItemProps {
  readonly row: Row;
  readonly number: number;
  readonly isChosen: boolean;
  readonly names: Props["names"];
  readonly onChoose: (row: Row) => void;
}

function RowItem({ row, number, isChosen, names, onChoose }: ItemProps): ReactNode {
  const t = useT();
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) item.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <li ref={item} data-row={row.id} data-differs={row.differs || undefined} aria-current={isChosen || undefined}>
      <div className="cmp-row-head">
        <b>{number}</b>
        {row.title === null ? null : <span className="cmp-title">{row.title}</span>}
        <span className="cmp-how">
          {row.tiou === null ? null : t("compare.overlap", { share: formatShare(row.tiou) })}
          {row.differs ? null : ` ${t("compare.same")}`}
        </span>
        <button
          type="button"
          aria-label={`${t("compare.show")} ${number}`}
          onClick={() => {
            onChoose(row);
          }}
        >
          {t("compare.show")}
        </button>
      </div>
      <div className="cmp-cells">
        <CellView side="left" name={names.left} cell={row.left} other={row.right} />
        <CellView side="right" name={names.right} cell={row.right} other={row.left} />
      </div>
    </li>
  );
}

interface CellProps {
  readonly side: "left" | "right";
  readonly name: string;
  readonly cell: Cell | null;
  readonly other: Cell | null;
}

function CellView({ side, name, cell, other }: CellProps): ReactNode {
  const t = useT();
  return (
    <div role="group" aria-label={name} className="cmp-cell" data-side={side}>
      {cell === null ? (
        <em>{t("compare.only")}</em>
      ) : (
        <>
          {cell.grid ? <small>{t("compare.event", { start: String(cell.grid[0]), end: String(cell.grid[1]) })}</small> : null}
          {cell.verdict ? (
            <small>
              {t(`review.answerVerdict.${cell.verdict}`)}
              {cell.reason ? ` · ${t(`fgqa.reason.${cell.reason}`)}` : ""}
            </small>
          ) : null}
          <p>{cell.text.trim() === "" ? <em>{t("compare.noText")}</em> : <Words text={cell.text} other={other?.text ?? ""} />}</p>
          {!cell.grid && cell.span ? (
            <small>{t("compare.evidence", { start: String(cell.span[0]), end: String(cell.span[1]) })}</small>
          ) : null}
          {cell.options.map((option, at) => (
            <small key={at}>{t("compare.option", { text: option })}</small>
          ))}
        </>
      )}
    </div>
  );
}
