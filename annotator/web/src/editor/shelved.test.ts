/** What the shelf writes of a history: each edit its own step, and together always the whole. */

import { expect, test } from "vitest";

import { applyAll, EMPTY_BODY, newId, type Body, type Operation } from "./body";
import { History, type SavedHistory, type Step } from "./history";
import { changesOf, type Known } from "./shelved";

/** The shelf's rows as the database would have them, written change by change. */
function shelf() {
  const rows = new Map<number, Step>();
  let known: Known | null = null;
  const written: number[] = [];
  return {
    written,
    write(history: SavedHistory): SavedHistory {
      const changes = changesOf(known, history);
      for (const number of changes.removes) expect(rows.delete(number)).toBe(true);
      for (const [number, step] of changes.puts) {
        expect(rows.has(number)).toBe(false);
        rows.set(number, step);
      }
      known = changes.known;
      written.push(changes.puts.length);
      const listed = (numbers: readonly number[]) => numbers.flatMap((number) => rows.get(number) ?? []);
      expect(rows.size).toBe(changes.past.length + changes.future.length);
      return { past: listed(changes.past), future: listed(changes.future) };
    },
  };
}

function note(id: string, text: string): Operation {
  return { id: newId(), verb: "put", collection: "notes", record_id: id, record: { id, text, picture: null } };
}

test("an edit writes its own step, however long the history is, and what is read back is the whole", () => {
  const history = new History();
  const { write, written } = shelf();
  let body: Body = EMPTY_BODY;
  const edit = (id: string, text: string, key: string | null, now: number): void => {
    const operation = note(id, text);
    history.record(body, [operation], "note", key, now);
    body = applyAll(body, [operation]);
  };
  for (let i = 0; i < 700; i += 1) {
    edit(`n${i}`, "a note", null, i * 10_000);
    expect(write(history.saved())).toEqual(history.saved());
  }
  expect(new Set(written)).toEqual(new Set([1]));
  // Letters of one word are one step, which is put anew with each.
  written.length = 0;
  for (let i = 0; i < 30; i += 1) {
    edit("n699", "a".repeat(i + 1), "typing", 8_000_000 + i * 100);
    expect(write(history.saved())).toEqual(history.saved());
  }
  history.seal();
  write(history.saved());
  // There and back: undone steps move, redone ones are new.
  for (let i = 0; i < 40; i += 1) body = applyAll(body, history.undo());
  expect(write(history.saved())).toEqual(history.saved());
  expect(written.at(-1)).toBe(0);
  for (let i = 0; i < 10; i += 1) body = applyAll(body, history.redo());
  expect(write(history.saved())).toEqual(history.saved());
  expect(written.at(-1)).toBe(10);
  edit("another", "way", null, 9_000_000);
  expect(write(history.saved())).toEqual(history.saved());
  expect(history.saved().future).toEqual([]);
  expect(Math.max(...written)).toBe(10);
});

test("where nothing is known of what lies there, everything is written", () => {
  const history = new History();
  for (let i = 0; i < 3; i += 1) history.record(EMPTY_BODY, [note(`n${i}`, "x")], "note", null, i);
  history.undo();
  const { puts, removes, past, future } = changesOf(null, history.saved());
  expect([puts.length, removes, past, future]).toEqual([3, [], [0, 1], [2]]);
});
