/** The tail of the log: what one page left, another finds, and nothing twice. */

import { beforeEach, expect, test } from "vitest";

import { Tail, type Change } from "./log";

const change = (id: string, order = 0): Change => [
  id,
  { id, document: "d", order, revision: 0, pending: null, loser: null },
];

beforeEach(() => {
  localStorage.clear();
});

test("what a page did not get confirmed is there for the next page of the same person", () => {
  const page = new Tail("ann", localStorage);
  const first = change("a");
  page.keep([first]);
  page.keep([change("b"), ["c", null]]);
  page.confirm([first]);
  const left = new Tail("ann", localStorage).left();
  expect(left.map(([, changes]) => changes)).toEqual([[change("b"), ["c", null]]]);
  expect(new Tail("bob", localStorage).left()).toEqual([]);
  expect(page.left()).toEqual([]);
});

test("a change of an entry while the older one is written stays until it is confirmed itself", () => {
  const page = new Tail("ann", localStorage);
  const older = change("a", 1);
  page.keep([older]);
  page.keep([change("a", 2)]);
  page.confirm([older]);
  expect(page.waiting()).toEqual([change("a", 2)]);
});

test("a tail that was taken over, or confirmed, is gone", () => {
  const page = new Tail("ann", localStorage);
  page.keep([change("a")]);
  const next = new Tail("ann", localStorage);
  for (const [key] of next.left()) next.forget(key);
  expect(next.left()).toEqual([]);
  next.keep([change("b")]);
  next.confirm(next.waiting());
  expect(localStorage.length).toBe(0);
});

test("a full storage does not stop the edit", () => {
  const full = { ...localStorage, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  const page = new Tail("ann", full as unknown as Storage);
  page.keep([change("a")]);
  expect(page.waiting()).toEqual([change("a")]);
});
