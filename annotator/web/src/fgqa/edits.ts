/** Edits of a question document, each from body to body: what buttons, fields and keys do. */

import type { QuestionType, RejectReason } from "../api/types";
import type { AnswerRecord, Body, Distractor, EvidencePoint, QuestionRecord } from "../editor/body";

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

/** What stays with an answer whatever its verdict: where the clip shows it, and the other options. */
function grounds(answer: AnswerRecord | undefined): Pick<AnswerRecord, "evidence" | "point" | "distractors"> {
  return { evidence: answer?.evidence ?? null, point: answer?.point ?? null, distractors: answer?.distractors ?? [] };
}

function hasGrounds(answer: AnswerRecord | undefined): boolean {
  return Boolean(answer && (answer.evidence || answer.point || (answer.distractors?.length ?? 0) > 0));
}

export function accept(body: Body, id: string): Body {
  if (!body.questions[id]?.draft) return body;
  return putAnswer(body, { id, verdict: "accept", reason: null, text: "", ...grounds(body.answers[id]) });
}

/** Keeps the explanation that was written for another reason. */
export function reject(body: Body, id: string, reason: RejectReason): Body {
  const question = body.questions[id];
  if (!question || !reasonsFor(question).includes(reason)) return body;
  const before = body.answers[id];
  return putAnswer(body, { id, verdict: "reject", reason, text: before?.verdict === "reject" ? before.text : "", ...grounds(before) });
}

/** The text of a written answer, or the explanation of a rejection. An answer without text is none. */
export function writeText(body: Body, id: string, text: string): Body {
  const before = body.answers[id];
  if (before?.verdict === "reject") return putAnswer(body, { ...before, text });
  if (text === "" && !hasGrounds(before)) return { ...body, answers: without(body.answers, id) };
  return putAnswer(body, { id, verdict: "write", reason: null, text, ...grounds(before) });
}

export function clearAnswer(body: Body, id: string): Body {
  const before = body.answers[id];
  if (hasGrounds(before)) return putAnswer(body, { id, verdict: "write", reason: null, text: "", ...grounds(before) });
  return { ...body, answers: without(body.answers, id) };
}

/** The answer as it is, or an empty one that evidence may be given to before there are words. */
function begun(body: Body, id: string): AnswerRecord {
  return body.answers[id] ?? { id, verdict: "write", reason: null, text: "", ...grounds(undefined) };
}

/** Drops an answer that says nothing any more. */
function settled(body: Body, answer: AnswerRecord): Body {
  const says = answer.verdict !== "write" || answer.text !== "" || hasGrounds(answer);
  return says ? putAnswer(body, answer) : { ...body, answers: without(body.answers, answer.id) };
}

/** Sets an end of the evidence to a picture; the other end gives way, so that a span never runs backwards. */
export function setEvidence(body: Body, id: string, edge: "start" | "end", picture: number): Body {
  if (!body.questions[id]) return body;
  const answer = begun(body, id);
  const { picture_start: start, picture_end: end } = answer.evidence ?? { picture_start: picture, picture_end: picture };
  const evidence =
    edge === "start"
      ? { picture_start: picture, picture_end: Math.max(picture, end) }
      : { picture_start: Math.min(start, picture), picture_end: picture };
  return putAnswer(body, { ...answer, evidence });
}

export function setPoint(body: Body, id: string, point: EvidencePoint): Body {
  if (!body.questions[id]) return body;
  return putAnswer(body, { ...begun(body, id), point: { ...point, x: Math.round(point.x), y: Math.round(point.y) } });
}

export function clearEvidence(body: Body, id: string): Body {
  const answer = body.answers[id];
  return answer ? settled(body, { ...answer, evidence: null, point: null }) : body;
}

export const MOST_OPTIONS = 7;

export function addOption(body: Body, id: string): Body {
  const answer = begun(body, id);
  const distractors = answer.distractors ?? [];
  if (!body.questions[id] || distractors.length >= MOST_OPTIONS) return body;
  return putAnswer(body, { ...answer, distractors: [...distractors, { text: "", checked: false }] });
}

/** An option whose words change is to be looked at again. */
export function changeOption(body: Body, id: string, place: number, part: Partial<Distractor>): Body {
  const answer = body.answers[id];
  const before = answer?.distractors?.[place];
  if (!answer || !before) return body;
  const reworded = part.text !== undefined && part.text !== before.text;
  const after = { ...before, ...part, ...(reworded ? { checked: false } : {}) };
  return putAnswer(body, { ...answer, distractors: (answer.distractors ?? []).map((each, at) => (at === place ? after : each)) });
}

export function removeOption(body: Body, id: string, place: number): Body {
  const answer = body.answers[id];
  return answer ? settled(body, { ...answer, distractors: (answer.distractors ?? []).filter((_, at) => at !== place) }) : body;
}

const words = (text: string): string => text.trim().replace(/\s+/g, " ").toLocaleLowerCase();

/** Whether an option says the same as the right answer or as an option before it: nobody could choose. */
export function repeatsOption(answer: AnswerRecord, right: string, place: number): boolean {
  const said = words(answer.distractors?.[place]?.text ?? "");
  const before = (answer.distractors ?? []).slice(0, place).map(({ text }) => words(text));
  return said !== "" && [words(right), ...before].includes(said);
}

/** The words that are right: the draft that was accepted, or what was written. */
export function rightAnswer(question: QuestionRecord, answer: AnswerRecord | undefined): string {
  return answer?.verdict === "accept" ? (question.draft ?? "") : (answer?.text ?? "");
}

export function addQuestion(body: Body, id: string, q_type: QuestionType, form: "fgqa" | "sgqa" = "fgqa"): Body {
  const question: QuestionRecord = { id, text: "", q_type, form, draft: null, origin: "annotator" };
  return { ...body, questions: { ...body.questions, [id]: question } };
}

export function changeQuestion(body: Body, id: string, part: { text?: string; q_type?: QuestionType; form?: "fgqa" | "sgqa" }): Body {
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
