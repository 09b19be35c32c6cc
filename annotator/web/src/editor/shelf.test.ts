/** The shelf of histories: a page that goes leaves what it has for the next one of its tab. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { SavedHistory } from "./history";
import { IndexedShelf } from "./shelf";

const note: SavedHistory = { past: [{ label: "note.add", mergeKey: null, at: 1, changes: [] }], future: [] };

beforeEach(() => {
  sessionStorage.clear();
  // A database that has not answered yet, as when a page is closed right after an edit.
  vi.stubGlobal("indexedDB", { open: () => ({}) });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a page that is loaded again at once can undo its very last step", async () => {
  const page = new IndexedShelf("ann");
  page.keep("d", () => note);
  dispatchEvent(new Event("pagehide"));
  expect(await new IndexedShelf("ann").read("d")).toEqual(note);
  expect(sessionStorage.getItem("vidgrain-history-ann/d")).toBeNull();
});

test("what one person left is not another's, and a full storage stops nobody", () => {
  const full = { ...sessionStorage, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  // Others than above: the pages of before still hear that the window goes.
  new IndexedShelf("cho", full as unknown as Storage).keep("d", () => note);
  new IndexedShelf("bob").keep("d", () => note);
  dispatchEvent(new Event("pagehide"));
  expect(sessionStorage.getItem("vidgrain-history-bob/d")).toBe(JSON.stringify(note));
  expect(sessionStorage.getItem("vidgrain-history-cho/d")).toBeNull();
});
