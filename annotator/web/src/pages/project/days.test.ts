import { expect, test } from "vitest";
import { dayOf, endOfDay, startOfDay } from "./days";

test("a day is from its midnight to the next one, and comes back as itself", () => {
  for (const day of ["2026-03-29", "2026-12-31", "0002-01-05"]) {
    expect(dayOf(startOfDay(day))).toBe(day);
    expect(dayOf(endOfDay(day), true)).toBe(day);
  }
  const [start, end] = [startOfDay("2026-12-31"), endOfDay("2026-12-31")];
  expect(new Date(end ?? "").getTime() - new Date(start ?? "").getTime()).toBe(24 * 3600 * 1000);
});

test("what is no day is no condition", () => {
  expect([startOfDay(""), endOfDay(""), startOfDay("soon"), dayOf(null)]).toEqual([null, null, null, ""]);
});
