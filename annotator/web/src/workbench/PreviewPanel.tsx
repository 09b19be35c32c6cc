/** What the trainer will read of this draft: the very samples that the release would hold. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
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
          <Sheet key={sheet} src={sheet} />
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

/** The frames as one picture. The server refuses it while many ask at once: then it is asked for again, by hand. */
function Sheet({ src }: { readonly src: string }): ReactNode {
  const t = useT();
  const [asked, setAsked] = useState(0);
  const [refused, setRefused] = useState(false);
  if (refused) {
    return (
      <p className="wb-empty" role="alert">
        {t("wb.preview.framesRefused")}{" "}
        <button
          type="button"
          className="wb-small"
          onClick={() => {
            setAsked(asked + 1);
            setRefused(false);
          }}
        >
          {t("wb.retry")}
        </button>
      </p>
    );
  }
  // A picture that failed is not asked for again under the same address.
  const from = asked === 0 ? src : `${src}&again=${asked}`;
  return (
    <a href={src} target="_blank" rel="noreferrer">
      <img
        className="wb-sheet"
        src={from}
        alt={t("wb.preview.framesAlt")}
        loading="lazy"
        onError={() => {
          setRefused(true);
        }}
      />
    </a>
  );
}
