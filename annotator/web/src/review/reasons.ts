// Why work is returned: a closed list of reasons a step, stored by name, shown as text.
import type { TaskKind } from "../api/types";
import type { MessageKey, Translate } from "../i18n";

const REASONS = {
  mask_wrong: "review.reason.mask_wrong",
  subject_wrong: "review.reason.subject_wrong",
  event_missing: "review.reason.event_missing",
  boundary_wrong: "review.reason.boundary_wrong",
  caption_wrong: "review.reason.caption_wrong",
  caption_vague: "review.reason.caption_vague",
  answer_wrong: "review.reason.answer_wrong",
  answer_vague: "review.reason.answer_vague",
  question_bad: "review.reason.question_bad",
  language: "review.reason.language",
} as const satisfies Record<string, MessageKey>;

export type ReasonName = keyof typeof REASONS;
export type Step = "subject" | "caption" | "answer";

/** The steps that a verdict of this kind can send the work back to, in the order of the work. */
export function stepsOf(kind: TaskKind): readonly Step[] {
  return kind.startsWith("fgqa") ? ["answer"] : ["subject", "caption"];
}

const OF_STEP: Record<Step, readonly ReasonName[]> = {
  subject: ["mask_wrong", "subject_wrong"],
  caption: ["boundary_wrong", "event_missing", "caption_wrong", "caption_vague", "language"],
  answer: ["answer_wrong", "answer_vague", "question_bad", "language"],
};

/** The reasons that make sense for a step, in the order they are offered. */
export function reasonsFor(kind: TaskKind, step: Step): readonly ReasonName[] {
  return OF_STEP[stepsOf(kind).includes(step) ? step : "answer"];
}

/** A reason as text; one that this version does not know is shown by its name. */
export function reasonText(t: Translate, reason: string): string {
  return reason in REASONS ? t(REASONS[reason as ReasonName]) : reason;
}
