/** A document in the browser: the same typed records as annotator/records.py, and the operations that change them. */

export interface SubjectRecord {
  readonly id: string;
  readonly label: string;
}

/** In grid frames, end inclusive. */
export interface EventRecord {
  readonly id: string;
  readonly grid_start: number;
  readonly grid_end: number;
  readonly caption: string;
}

export interface QuestionRecord {
  readonly id: string;
  readonly text: string;
  readonly q_type: string;
  /** Open and egocentric questions are `sgqa`. */
  readonly form?: "fgqa" | "sgqa";
  readonly draft: string | null;
  readonly origin: "imported" | "annotator" | "lead";
}

/** Pictures, end inclusive. */
export interface Evidence {
  readonly picture_start: number;
  readonly picture_end: number;
}

export interface EvidencePoint {
  readonly picture: number;
  readonly x: number;
  readonly y: number;
}

/** A wrong answer to choose from; `checked`: somebody watched whether it is plausible, yet false. */
export interface Distractor {
  readonly text: string;
  readonly checked: boolean;
}

export interface AnswerRecord {
  readonly id: string;
  readonly verdict: "accept" | "reject" | "write";
  readonly reason: "irrelevant" | "unanswerable" | "incorrect" | "lacks_detail" | null;
  readonly text: string;
  readonly evidence?: Evidence | null;
  readonly point?: EvidencePoint | null;
  readonly distractors?: readonly Distractor[];
}

export interface NoteRecord {
  readonly id: string;
  readonly text: string;
  readonly picture: number | null;
  /** The last picture of a span that begins at `picture`. */
  readonly picture_end?: number | null;
  /** The region on `picture`, in proxy pixels. */
  readonly box?: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number } | null;
  readonly author?: string;
}

export interface Body {
  readonly schema_version: number;
  readonly subjects: Readonly<Record<string, SubjectRecord>>;
  readonly events: Readonly<Record<string, EventRecord>>;
  readonly questions: Readonly<Record<string, QuestionRecord>>;
  readonly answers: Readonly<Record<string, AnswerRecord>>;
  readonly notes: Readonly<Record<string, NoteRecord>>;
}

export const COLLECTIONS = ["subjects", "events", "questions", "answers", "notes"] as const;
export type CollectionName = (typeof COLLECTIONS)[number];
export type AnyRecord = SubjectRecord | EventRecord | QuestionRecord | AnswerRecord | NoteRecord;

export const EMPTY_BODY: Body = { schema_version: 1, subjects: {}, events: {}, questions: {}, answers: {}, notes: {} };

/** One edit; `id` makes a replay harmless. `record` is null when the verb is `remove`. */
export interface Operation {
  readonly id: string;
  readonly verb: "put" | "remove";
  readonly collection: CollectionName;
  readonly record_id: string;
  readonly record: AnyRecord | null;
}

/** An id that needs no secure context, unlike crypto.randomUUID. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function recordOf(body: Body, collection: CollectionName, id: string): AnyRecord | null {
  return (body[collection] as Readonly<Record<string, AnyRecord>>)[id] ?? null;
}

export function apply(body: Body, operation: Operation): Body {
  const records = { ...(body[operation.collection] as Readonly<Record<string, AnyRecord>>) };
  if (operation.verb === "put" && operation.record) records[operation.record_id] = operation.record;
  else Reflect.deleteProperty(records, operation.record_id);
  return { ...body, [operation.collection]: records };
}

export function applyAll(body: Body, operations: readonly Operation[]): Body {
  return operations.reduce(apply, body);
}

export function sameRecord(a: AnyRecord | null, b: AnyRecord | null): boolean {
  return sameValue(a, b);
}

/** Whether two fields say the same: by what is in them, however deep, and whatever order their names come in. */
export function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

/** The operations that turn one body into another, removals first. */
export function difference(before: Body, after: Body): Operation[] {
  const removals: Operation[] = [];
  const puts: Operation[] = [];
  for (const collection of COLLECTIONS) {
    if (before[collection] === after[collection]) continue;
    for (const id of Object.keys(before[collection])) {
      if (recordOf(after, collection, id)) continue;
      removals.push({ id: newId(), verb: "remove", collection, record_id: id, record: null });
    }
    for (const id of Object.keys(after[collection])) {
      const record = recordOf(after, collection, id);
      if (sameRecord(record, recordOf(before, collection, id))) continue;
      puts.push({ id: newId(), verb: "put", collection, record_id: id, record });
    }
  }
  return [...removals, ...puts];
}

/** Events in the order of time. */
export function eventsOf(body: Body): EventRecord[] {
  return Object.values(body.events).sort((a, b) => a.grid_start - b.grid_start || a.grid_end - b.grid_end);
}

/** The server writes out what a record leaves at its default: nothing, no text, an empty list. */
function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/** With names in one order and without what is empty, so that its JSON is that of its like. A record that says nothing is one. */
function plain(value: unknown): unknown {
  if (isEmpty(value)) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object") return value;
  const entries = Object.entries(value as Record<string, unknown>).filter(([, part]) => !isEmpty(part));
  return entries.sort(([x], [y]) => (x < y ? -1 : 1)).map(([name, part]): [string, unknown] => [name, plain(part)]);
}
