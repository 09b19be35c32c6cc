import { afterEach, expect, test } from "vitest";

import { firstTier } from "./ladder";

afterEach(() => {
  sessionStorage.clear();
});

test("the ladder begins at the top, or where the address says, and the tab remembers that", () => {
  expect(firstTier("")).toBe("webcodecs");
  expect(firstTier("?tier=video&other=1")).toBe("video");
  expect(firstTier("")).toBe("video");
  expect(firstTier("?tier=anything")).toBe("video");
  expect(firstTier("?tier=webcodecs")).toBe("webcodecs");
  expect(firstTier("")).toBe("webcodecs");
});
