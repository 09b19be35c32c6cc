/** Text differences, and a conflict of which both texts are kept. */
import { expect, test } from "vitest";

import { EMPTY_BODY, type Body } from "./body";
import { History } from "./history";
import { canJoin, joined } from "./joining";
import type { Loser } from "./rebase";
import { piecesOf } from "./words";

const own = (text: string, other: string): string[] => piecesOf(text, other).filter((piece) => piece.own).map((piece) => piece.text.trim());

test("only the words that the other text does not have are one's own", () => {
  expect(own("The dog runs to the left.", "The dog walks to the left.")).toEqual(["runs"]);
  expect(own("The dog runs.", "")).toEqual(["The dog runs."]);
  expect(own("same", "same")).toEqual([]);
  const text = "  a  b\nc ";
  expect(piecesOf(text, "b").map((piece) => piece.text).join("")).toBe(text);
});

const event = (caption: string) => ({ id: "e", grid_start: 0, grid_end: 4, caption });
const bodyWith = (caption: string): Body => ({ ...EMPTY_BODY, events: { e: event(caption) } });
const loser = (mine: string, theirs: string): Loser => ({
  operation: { id: "o", verb: "put", collection: "events", record_id: "e", record: event(mine) },
  theirs: event(theirs),
  why: null,
});

test("both texts of a conflict are kept in one record", () => {
  expect(canJoin(loser("mine", "theirs"))).toBe(true);
  expect(canJoin(loser("same", "same"))).toBe(false);
  expect(joined(bodyWith("theirs"), loser("mine", "theirs")).events["e"]?.caption).toBe("theirs / mine");
  expect(joined(EMPTY_BODY, loser("mine", "theirs"))).toBe(EMPTY_BODY);
});

test("what could be undone before a page was loaded again can be undone after, unless somebody changed it since", () => {
  const before = new History();
  before.record(bodyWith("one"), [{ id: "p", verb: "put", collection: "events", record_id: "e", record: event("two") }], "edit", null, 0);
  const kept = structuredClone(before.saved());
  const after = new History();
  expect(after.restore(kept, bodyWith("two"))).toBe(true);
  expect(after.undo()[0]?.record).toEqual(event("one"));
  expect(new History().restore(after.saved(), bodyWith("one"))).toBe(true);
  expect(new History().restore(kept, bodyWith("three"))).toBe(false);
});
