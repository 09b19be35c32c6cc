/** Two documents of the same work, part by part beside each other: events aligned in time, answers by their question. Pure. */

import { eventsOf, sameValue, type AnswerRecord, type Body, type EventRecord } from "../editor/body";
import { questionsOf, rightAnswer } from "../fgqa/edits";
import type { Span } from "../timeline/spans";

/** What one side says. `span` is in pictures. */
export interface Cell {
  readonly span: Span | null;
  /** The same span on the grid, for events. */
  readonly grid: Span | null;
  readonly verdict: AnswerRecord["verdict"] | null;
  readonly reason: AnswerRecord["reason"];
  readonly text: string;
  readonly options: readonly string[];
}

export interface Row {
  readonly id: string;
  /** The question; null for events. */
  readonly title: string | null;
  readonly left: Cell | null;
  readonly right: Cell | null;
  /** Overlap of both spans over what they cover together, 0 to 1; null where one side has none. */
  readonly tiou: number | null;
  readonly differs: boolean;
}

/** Which pictures the grid frames of an event cover, end inclusive. */
export type PicturesOf = (event: EventRecord) => Span;

export function tiou(a: Span, b: Span): number {
  const shared = Math.min(a[1], b[1]) - Math.max(a[0], b[0]) + 1;
  if (shared <= 0) return 0;
  return shared / (a[1] - a[0] + 1 + (b[1] - b[0] + 1) - shared);
}

export function rowsOf(left: Body, right: Body, picturesOf: PicturesOf): Row[] {
  return [...eventRows(left, right, picturesOf), ...answerRows(left, right)];
}

const gridOf = (event: EventRecord): Span => [event.grid_start, event.grid_end];

/** How well two events answer each other: the same one (a step began with what the step before handed in), and by time. */
function likeness(a: EventRecord, b: EventRecord): number {
  return (a.id === b.id ? 1 : 0) + tiou(gridOf(a), gridOf(b));
}

/** Pairs in the order of time with the largest likeness together; who has no partner stands alone. */
export function aligned(left: readonly EventRecord[], right: readonly EventRecord[]): [EventRecord | null, EventRecord | null][] {
  const width = right.length + 1;
  const best = new Float64Array((left.length + 1) * width);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  const pair = (i: number, j: number): number => {
    const [a, b] = [left[i], right[j]];
    return a && b ? likeness(a, b) : 0;
  };
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      best[i * width + j] = Math.max(at(i + 1, j), at(i, j + 1), at(i + 1, j + 1) + pair(i, j));
    }
  }
  const rows: [EventRecord | null, EventRecord | null][] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i] ?? null, right[j] ?? null];
    const alike = pair(i, j);
    if (a && b && alike > 0 && at(i, j) === at(i + 1, j + 1) + alike) {
      rows.push([a, b]);
      i += 1;
      j += 1;
    } else if (a && (!b || at(i + 1, j) > at(i, j + 1) || (at(i + 1, j) === at(i, j + 1) && a.grid_start <= b.grid_start))) {
      rows.push([a, null]);
      i += 1;
    } else {
      rows.push([null, b]);
      j += 1;
    }
  }
  return rows;
}

function eventRows(left: Body, right: Body, picturesOf: PicturesOf): Row[] {
  const cellOf = (event: EventRecord | null): Cell | null =>
    event && { span: picturesOf(event), grid: gridOf(event), verdict: null, reason: null, text: event.caption, options: [] };
  return aligned(eventsOf(left), eventsOf(right)).map(([a, b]): Row => ({
    id: `${a?.id ?? ""} ${b?.id ?? ""}`,
    title: null,
    left: cellOf(a),
    right: cellOf(b),
    tiou: a && b ? tiou(gridOf(a), gridOf(b)) : null,
    differs: !sameValue(cellOf(a), cellOf(b)),
  }));
}

/** Questions that both have, then those of one; a question without an answer on either side is left out. */
function answerRows(left: Body, right: Body): Row[] {
  const questions = new Map([...questionsOf(left), ...questionsOf(right)].map((question) => [question.id, question]));
  return [...questions.values()].flatMap((question): Row[] => {
    const cellOf = (body: Body): Cell | null => {
      const answer = body.answers[question.id];
      const own = body.questions[question.id] ?? question;
      if (!answer) return null;
      const { evidence, verdict, reason, distractors = [] } = answer;
      const span: Span | null = evidence ? [evidence.picture_start, evidence.picture_end] : null;
      const text = verdict === "reject" ? answer.text : rightAnswer(own, answer);
      return { span, grid: null, verdict, reason, text, options: distractors.map((each) => each.text) };
    };
    const [a, b] = [cellOf(left), cellOf(right)];
    if (!a && !b) return [];
    const overlap = a?.span && b?.span ? tiou(a.span, b.span) : null;
    return [{ id: question.id, title: question.text, left: a, right: b, tiou: overlap, differs: !sameValue(a, b) }];
  });
}

/** The next row after `from` that differs, round and round; null where none does. */
export function nextDifference(rows: readonly Row[], from: string | null): Row | null {
  const at = rows.findIndex(({ id }) => id === from);
  return [...rows.slice(at + 1), ...rows.slice(0, at + 1)].find(({ differs }) => differs) ?? null;
}
