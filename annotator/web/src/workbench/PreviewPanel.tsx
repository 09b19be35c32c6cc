/** What the trainer will read of this draft: the very samples that the release would hold. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";

import { taskPreviewQuery } from "../api/queries";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import type { Bench } from "./bench";

export function PreviewPanel({ bench }: { readonly bench: Bench }): ReactNode {
  const t = useT();
  const revision = useDocumentState(bench.store, (state) => state.revision);
  const some = useDocumentState(bench.store, (state) => Object.keys(state.body.events).length > 0);
  const preview = useQuery({
    ...taskPreviewQuery(bench.task.id, revision),
    enabled: some,
    placeholderData: keepPreviousData,
  });
  const samples = some ? (preview.data?.samples ?? []) : [];
  return (
    <section aria-label={t("wb.preview")} className="wb-preview">
      <h2>{t("wb.preview")}</h2>
      {samples.length === 0 ? <p className="wb-empty">{t("wb.preview.empty")}</p> : null}
      {samples.map((sample, i) => (
        <details key={`${sample.task} ${i}`} open={i === 0}>
          <summary>{sample.task}</summary>
          <p className="wb-preview-prompt">{sample.prompt}</p>
          <pre>{sample.answer}</pre>
        </details>
      ))}
    </section>
  );
}
