/** Undo and redo of a document: each step keeps the records before and after, whatever made them. */

import { newId, recordOf, sameRecord, type AnyRecord, type Body, type CollectionName, type Operation } from "./body";

interface Change {
  readonly collection: CollectionName;
  readonly record_id: string;
  readonly before: AnyRecord | null;
  readonly after: AnyRecord | null;
}

export interface Step {
  readonly label: string;
  /** Edits in a row with the same key are one step: a drag ("drag:…", however slow), arrow keys, a stretch of typing. */
  readonly mergeKey: string | null;
  readonly at: number;
  readonly changes: readonly Change[];
}

const DEPTH = 500;
const MERGE_WITHIN_MS = 1500;

/** A history as the browser keeps it, so that a page that is loaded again can still undo. */
export interface SavedHistory {
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

export class History {
  private past: Step[] = [];
  private future: Step[] = [];

  saved(): SavedHistory {
    return { past: [...this.past], future: [...this.future] };
  }

  /**
   * Takes a kept history over, when it still fits: what its newest steps left behind is what stands in `body`. Where
   * somebody else has changed one of these records since, an undo would take their work back, so nothing is taken over.
   */
  restore(saved: SavedHistory, body: Body): boolean {
    const seen = new Map<string, boolean>();
    for (const { changes } of [...saved.past].reverse()) {
      for (const { collection, record_id, after } of changes) {
        const key = `${collection}/${record_id}`;
        if (!seen.has(key)) seen.set(key, sameRecord(after, recordOf(body, collection, record_id)));
      }
    }
    // What was undone and not redone: its records stand as they were before, where no step of the past touches them.
    for (const { changes } of [...saved.future].reverse()) {
      for (const { collection, record_id, before } of changes) {
        const key = `${collection}/${record_id}`;
        if (!seen.has(key)) seen.set(key, sameRecord(before, recordOf(body, collection, record_id)));
      }
    }
    if ([...seen.values()].includes(false)) return false;
    this.past = [...saved.past];
    this.future = [...saved.future];
    this.seal();
    return true;
  }

  get undoLabel(): string | null {
    return this.past[this.past.length - 1]?.label ?? null;
  }

  get redoLabel(): string | null {
    return this.future[this.future.length - 1]?.label ?? null;
  }

  record(before: Body, operations: readonly Operation[], label: string, mergeKey: string | null, now: number): void {
    const changes = operations.map((operation) => ({
      collection: operation.collection,
      record_id: operation.record_id,
      before: recordOf(before, operation.collection, operation.record_id),
      after: operation.record,
    }));
    const last = this.past[this.past.length - 1];
    this.future = [];
    const soon = last && (mergeKey?.startsWith("drag:") || now - last.at < MERGE_WITHIN_MS);
    if (last && mergeKey !== null && last.mergeKey === mergeKey && soon) {
      this.past[this.past.length - 1] = { ...last, at: now, changes: joined(last.changes, changes) };
      return;
    }
    this.past.push({ label, mergeKey, at: now, changes });
    if (this.past.length > DEPTH) this.past.shift();
  }

  /** Ends a merge: the next edit is a step of its own, even with the same key. */
  seal(): void {
    const last = this.past[this.past.length - 1];
    if (last) this.past[this.past.length - 1] = { ...last, mergeKey: null };
  }

  undo(): Operation[] {
    const step = this.past.pop();
    if (!step) return [];
    this.future.push(step);
    return step.changes.map((change) => operationTo(change, change.before)).reverse();
  }

  redo(): Operation[] {
    const step = this.future.pop();
    if (!step) return [];
    this.past.push({ ...step, mergeKey: null });
    return step.changes.map((change) => operationTo(change, change.after));
  }
}

function operationTo(change: Change, record: AnyRecord | null): Operation {
  const { collection, record_id } = change;
  return { id: newId(), verb: record ? "put" : "remove", collection, record_id, record };
}

function joined(first: readonly Change[], second: readonly Change[]): Change[] {
  const all = new Map(first.map((change) => [`${change.collection}/${change.record_id}`, change]));
  for (const change of second) {
    const key = `${change.collection}/${change.record_id}`;
    const known = all.get(key);
    all.set(key, known ? { ...known, after: change.after } : change);
  }
  return [...all.values()];
}
