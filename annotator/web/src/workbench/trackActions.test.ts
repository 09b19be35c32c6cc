import { expect, test } from "vitest";

import { flagFrom } from "./trackActions";
import type { Flag } from "./wire";

const flag = (start: number, end = start): Flag => ({ picture_start: start, picture_end: end, why: "area" });

test("the next flag is the first that begins later, the one before the last that begins earlier", () => {
  const flags = [flag(30, 34), flag(5), flag(12, 20)];
  expect(flagFrom(flags, 0, 1)).toBe(flags[1]);
  expect(flagFrom(flags, 5, 1)).toBe(flags[2]);
  expect(flagFrom(flags, 15, 1)).toBe(flags[0]);
  expect(flagFrom(flags, 30, 1)).toBeNull();
  expect(flagFrom(flags, 40, -1)).toBe(flags[0]);
  expect(flagFrom(flags, 12, -1)).toBe(flags[1]);
  expect(flagFrom(flags, 5, -1)).toBeNull();
  expect(flagFrom([], 5, 1)).toBeNull();
});
