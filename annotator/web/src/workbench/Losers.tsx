/** Edits that lost to another one, or that the server refused: kept here until the person has decided. */

import type { ReactNode } from "react";

import type { AnyRecord } from "../editor/body";
import type { DocumentStore } from "../editor/documentStore";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";

export function Losers({ store }: { readonly store: DocumentStore }): ReactNode {
  const t = useT();
  const losers = useDocumentState(store, (state) => state.losers);
  if (losers.length === 0) return null;
  return (
    <section className="wb-losers" aria-label={t("wb.lost.title")} role="alert">
      <strong>{t("wb.lost.title")}</strong>
      {losers.map((loser) => (
        <div key={loser.operation.id}>
          <p>{loser.why ?? t("wb.lost.why")}</p>
          <dl>
            <dt>{t("wb.lost.mine")}</dt>
            <dd>{textOf(loser.operation.record) ?? t("wb.lost.removed")}</dd>
            <dt>{t("wb.lost.theirs")}</dt>
            <dd>{textOf(loser.theirs) ?? t("wb.lost.removed")}</dd>
          </dl>
          <button
            type="button"
            className="wb-small"
            onClick={() => {
              store.reclaim(loser);
            }}
          >
            {t("wb.lost.useMine")}
          </button>
          <button
            type="button"
            className="wb-small"
            onClick={() => {
              store.dismiss(loser);
            }}
          >
            {t("wb.lost.dismiss")}
          </button>
        </div>
      ))}
    </section>
  );
}

function textOf(record: AnyRecord | null): string | null {
  if (!record) return null;
  if ("caption" in record) return `${record.grid_start} – ${record.grid_end}: ${record.caption}`;
  if ("text" in record) return record.text;
  return record.label;
}
