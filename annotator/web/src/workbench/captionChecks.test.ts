/** The page's side of tests/contracts/captions.json; the server's side is tests/contracts/test_captions.py. */
import { expect, test } from "vitest";

import corpus from "../../../../tests/contracts/captions.json";
import { captionChecks } from "./captionChecks";

test.each(corpus)("$caption", ({ caption, codes }) => {
  expect(captionChecks(caption).map((check) => check.code)).toEqual(codes);
});

test("length is counted in characters, as the server does", () => {
  expect(captionChecks("🦊".repeat(1000))).toEqual([]);
  expect(captionChecks("🦊".repeat(1001)).map((check) => check.code)).toEqual(["too_long"]);
});
