/** What the trainer will read of this draft: the very samples that the release would hold. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { useStore } from "zustand";

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
  const { task } = bench;
  const current = useStore(bench.subjects.state, (state) => state.masklets.find(({ id }) => id === task.masklet_id)?.track?.id);
  // Named by its track, so that a new one is asked for when the subject was followed again.
  const sheet = `/api/tasks/${task.id}/preview.jpg?track=${current ?? ""}`;
  const samples = some ? (preview.data?.samples ?? []) : [];
  return (
    <section aria-label={t("wb.preview")} className="wb-preview">
      <h2>{t("wb.preview")}</h2>
      {samples.length === 0 ? <p className="wb-empty">{t("wb.preview.empty")}</p> : null}
      {task.masklet_id && current ? (
        <details>
          <summary>{t("wb.preview.frames")}</summary>
          <a href={sheet} target="_blank" rel="noreferrer">
            <img className="wb-sheet" src={sheet} alt={t("wb.preview.framesAlt")} loading="lazy" />
          </a>
        </details>
      ) : null}
      {samples.map((sample, i) => (
        <details key={`${sample.task} ${i}`} open={i === 0}>
          <summary>{sample.task}</summary>
          <p className="wb-preview-prompt">{sample.prompt}</p>
          {/* It scrolls, so whoever has no pointer must be able to stand in it. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} role="group" aria-label={t("wb.preview.copyable", { task: sample.task })}>
            {sample.answer}
          </pre>
        </details>
      ))}
    </section>
  );
}
