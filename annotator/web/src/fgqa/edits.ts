/** Edits of a question document, each from body to body: what buttons, fields and keys do. */

import type { QuestionType, RejectReason } from "../api/types";
import type { AnswerRecord, Body, QuestionRecord } from "../editor/body";

export const REASONS: readonly RejectReason[] = ["irrelevant", "unanswerable", "incorrect", "lacks_detail"];

/** Reasons that make sense: without a draft nothing can be incorrect or too vague. */
export function reasonsFor(question: QuestionRecord): readonly RejectReason[] {
  return question.draft === null ? REASONS.slice(0, 2) : REASONS;
}

/** Given questions in their stored order, then the person's own. */
export function questionsOf(body: Body): QuestionRecord[] {
  const all = Object.values(body.questions);
  return [...all.filter((question) => question.origin !== "annotator"), ...all.filter((question) => question.origin === "annotator")];
}

export function putAnswer(body: Body, answer: AnswerRecord): Body {
  return { ...body, answers: { ...body.answers, [answer.id]: answer } };
}

function without<Item>(records: Readonly<Record<string, Item>>, id: string): Record<string, Item> {
  return Object.fromEntries(Object.entries(records).filter(([key]) => key !== id));
}

export function accept(body: Body, id: string): Body {
  if (!body.questions[id]?.draft) return body;
  return putAnswer(body, { id, verdict: "accept", reason: null, text: "" });
}

/** Keeps the explanation that was written for another reason. */
export function reject(body: Body, id: string, reason: RejectReason): Body {
  const question = body.questions[id];
  if (!question || !reasonsFor(question).includes(reason)) return body;
  const before = body.answers[id];
  return putAnswer(body, { id, verdict: "reject", reason, text: before?.verdict === "reject" ? before.text : "" });
}

/** The text of a written answer, or the explanation of a rejection. An answer without text is none. */
export function writeText(body: Body, id: string, text: string): Body {
  const before = body.answers[id];
  if (before?.verdict === "reject") return putAnswer(body, { ...before, text });
  if (text === "") return { ...body, answers: without(body.answers, id) };
  return putAnswer(body, { id, verdict: "write", reason: null, text });
}

export function clearAnswer(body: Body, id: string): Body {
  return { ...body, answers: without(body.answers, id) };
}

export function addQuestion(body: Body, id: string, q_type: QuestionType): Body {
  const question: QuestionRecord = { id, text: "", q_type, draft: null, origin: "annotator" };
  return { ...body, questions: { ...body.questions, [id]: question } };
}

export function changeQuestion(body: Body, id: string, part: { text?: string; q_type?: QuestionType }): Body {
  const before = body.questions[id];
  if (before?.origin !== "annotator") return body;
  return { ...body, questions: { ...body.questions, [id]: { ...before, ...part } } };
}

/** Only a question of one's own; a given one is rejected with a reason instead. */
export function removeQuestion(body: Body, id: string): Body {
  if (body.questions[id]?.origin !== "annotator") return body;
  return { ...body, questions: without(body.questions, id), answers: without(body.answers, id) };
}

export function isAnswered(body: Body, id: string): boolean {
  const answer = body.answers[id];
  return answer !== undefined && (answer.verdict !== "write" || answer.text.trim() !== "");
}

/** The next question without an answer after `id`, else the one after it, else `id` itself. */
export function nextOpen(body: Body, id: string): string {
  const all = questionsOf(body).map((question) => question.id);
  const at = all.indexOf(id);
  const later = [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0))];
  return later.find((each) => !isAnswered(body, each)) ?? all[at + 1] ?? id;
}
