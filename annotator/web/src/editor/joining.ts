/** Both texts of a conflict in one record, for the person to make one of. */

import { apply, recordOf, type AnyRecord, type Body } from "./body";
import type { Loser } from "./rebase";

function textField(record: AnyRecord): "caption" | "text" | null {
  if ("caption" in record) return "caption";
  return "text" in record ? "text" : null;
}

const wordsOf = (record: AnyRecord, field: "caption" | "text"): string => (record as unknown as Record<string, string>)[field] ?? "";

/** Whether there are two texts that differ. */
export function canJoin({ operation, theirs }: Loser): boolean {
  const mine = operation.record;
  if (!mine || !theirs) return false;
  const field = textField(mine);
  return field !== null && wordsOf(mine, field).trim() !== "" && wordsOf(mine, field) !== wordsOf(theirs, field);
}

/** What stands there now, with the words of the lost edit after its own; unchanged where that record is gone. */
export function joined(body: Body, { operation }: Loser): Body {
  const now = recordOf(body, operation.collection, operation.record_id);
  const mine = operation.record;
  const field = mine && textField(mine);
  if (!now || !mine || !field) return body;
  const text = [wordsOf(now, field), wordsOf(mine, field)].filter((words) => words.trim() !== "").join(" / ");
  return apply(body, { ...operation, record: { ...now, [field]: text } });
}
