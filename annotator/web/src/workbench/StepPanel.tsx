/** What the task is about: its step, why it came back, and the project's guideline. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { guidelineQuery } from "../api/queries";
import { Markdown } from "../ui/Markdown";
import type { Task } from "../api/types";
import { useT } from "../i18n";
import { ClosedNote, GuidelineVersion } from "../fgqa/TaskNotes";
import { reasonText } from "../review/reasons";

const STEPS = ["subject", "caption", "verify"] as const;
const NOW: Readonly<Record<string, number>> = { stc_subject: 0, stc_caption: 1, stc_verify: 2, stc_review: 3 };

export function StepPanel({ task }: { readonly task: Task }): ReactNode {
  const t = useT();
  const guideline = useQuery(guidelineQuery(task.project_id, task.guideline_version));
  const now = NOW[task.kind] ?? 0;
  const { returned } = task;
  return (
    <>
      <ClosedNote task={task} />
      {returned ? (
        <section className="wb-returned" aria-label={t("wb.returned")}>
          <h2>{t("wb.returned")}</h2>
          <ul>
            {returned.reasons.map((reason) => (
              <li key={reason}>{reasonText(t, reason)}</li>
            ))}
          </ul>
          {returned.comment ? <p>{returned.comment}</p> : null}
        </section>
      ) : null}
      <section aria-label={t("wb.steps")}>
        <h2>{t("wb.steps")}</h2>
        <ol className="wb-steps">
          {STEPS.map((step, i) => (
            <li key={step} data-state={i < now ? "done" : i === now ? "now" : "next"} aria-current={i === now ? "step" : undefined}>
              {t(`wb.step.${step}`)}
            </li>
          ))}
        </ol>
      </section>
      {task.newest_guideline_version > 0 ? (
        <details className="wb-guideline" open>
          <summary>{t("wb.guideline")}</summary>
          <GuidelineVersion task={task} />
          {guideline.data?.text ? <Markdown text={guideline.data.text} /> : null}
        </details>
      ) : null}
    </>
  );
}
