import { expect, test } from "vitest";

import { MaskStore } from "./maskStore";
import { inkOf } from "./paint";

/** Four pixels of a picture of 2 x 2, all set: a run of no zeros, then four ones. */
const FULL = "04";

test("a stretch that a newer prompt has made stale is drawn dim until it is renewed, and is still there to be hit", () => {
  const store = new MaskStore(2, 2);
  store.add({ subject: "m", start: 0, counts: [FULL, FULL, FULL, null] });
  const style = { subject: "m", color: "#ff8000", visible: true };
  const inks = (): unknown[] => [0, 1, 2, 3].map((picture) => store.layers(picture)[0]?.ink ?? null);
  const [whole, dim] = [inkOf("#ff8000"), inkOf("#ff8000", true)];
  expect(dim.fill).toBeLessThan(whole.fill);
  expect(dim.outline).toBeLessThan(whole.outline);

  store.setStyles([{ ...style, stale: [[1, 2]] }]);
  expect(inks()).toEqual([whole, dim, dim, null]);
  expect(store.hit(1, 0, 0)).toBe("m");

  store.setStyles([{ ...style, stale: [] }]);
  expect(inks()).toEqual([whole, whole, whole, null]);
});

test("what the page has no room for is forgotten, and only that", () => {
  const store = new MaskStore(2, 2);
  store.add({ subject: "m", start: 0, counts: [FULL, FULL, FULL, FULL] });
  store.add({ subject: "n", start: 0, counts: [FULL, FULL] });
  store.forget("m", [1, 3]);
  expect([0, 1, 2, 3].map((picture) => store.countsOf("m", picture))).toEqual([FULL, null, null, FULL]);
  expect(store.countsOf("n", 1)).toBe(FULL);
  store.forget("m");
  expect(store.countsOf("m", 0)).toBeNull();
});
