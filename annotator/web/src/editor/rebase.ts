/** Puts edits that the server has not seen on top of edits that it has seen meanwhile; what cannot be merged is kept. */

import { sameRecord, sameValue, type AnyRecord, type Operation } from "./body";

/** An edit that waits for the server, with the record that it was made on. */
export interface Pending {
  readonly operation: Operation;
  readonly before: AnyRecord | null;
}

/** An edit that lost to another one: kept until the person has seen it. */
export interface Loser {
  readonly operation: Operation;
  /** What stands instead; null when the record was removed. */
  readonly theirs: AnyRecord | null;
  /** Why it lost, in the server's words when it refused the edit. */
  readonly why: string | null;
}

export interface Rebased {
  readonly pending: Pending[];
  readonly losers: Loser[];
}

type Fields = Readonly<Record<string, unknown>>;

/** `since` are the operations that the server holds and we have not seen, oldest first. */
export function rebase(pending: readonly Pending[], since: readonly Operation[]): Rebased {
  const acknowledged = new Set(since.map((operation) => operation.id));
  const latest = new Map<string, Operation>();
  for (const operation of since) latest.set(keyOf(operation), operation);
  const kept: Pending[] = [];
  const losers: Loser[] = [];
  for (const entry of pending) {
    const { operation } = entry;
    if (acknowledged.has(operation.id)) continue;
    const theirs = latest.get(keyOf(operation));
    if (!theirs || acknowledgedBefore(pending, entry, theirs)) {
      kept.push(entry);
      continue;
    }
    const merged = merge(entry, theirs.record);
    if (merged.keep) kept.push({ operation: merged.keep, before: theirs.record });
    if (merged.lost) losers.push({ operation: merged.lost, theirs: theirs.record, why: null });
    // Later edits of ours to the same record meet the merged state.
    if (merged.keep) latest.set(keyOf(operation), { ...theirs, record: merged.keep.record });
  }
  return { pending: kept, losers };
}

/** True when the newest operation on the record is an earlier one of our own, so that there is no conflict. */
function acknowledgedBefore(pending: readonly Pending[], entry: Pending, theirs: Operation): boolean {
  return pending.some((other) => other !== entry && other.operation.id === theirs.id);
}

function merge(entry: Pending, theirs: AnyRecord | null): { keep: Operation | null; lost: Operation | null } {
  const { operation, before } = entry;
  if (sameRecord(operation.record, theirs)) return { keep: null, lost: null };
  if (!theirs || !operation.record) return { keep: null, lost: operation };
  const base = (before ?? {}) as Fields;
  const mine = operation.record as unknown as Fields;
  const other = theirs as unknown as Fields;
  const merged: Record<string, unknown> = { ...other };
  let clash = false;
  let changed = false;
  for (const field of Object.keys(mine)) {
    if (sameValue(mine[field], base[field]) || sameValue(mine[field], other[field])) continue;
    if (!sameValue(other[field], base[field])) clash = true;
    else {
      merged[field] = mine[field];
      changed = true;
    }
  }
  const keep = changed ? { ...operation, record: merged as unknown as AnyRecord } : null;
  return { keep, lost: clash ? operation : null };
}

function keyOf(operation: Operation): string {
  return `${operation.collection}/${operation.record_id}`;
}
