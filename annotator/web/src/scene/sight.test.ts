import { expect, test } from "vitest";

import { kept, MAX_SCALE, shifted, wheelFactor, WHOLE, zoomed } from "./sight";

test("what lies under the pointer stays there, and zooming back gives the whole picture", () => {
  const at = { x: 120, y: -40 };
  const near = zoomed(WHOLE, 4, at);
  expect((at.x - near.x) / near.scale).toBeCloseTo(at.x);
  expect((at.y - near.y) / near.scale).toBeCloseTo(at.y);
  expect(zoomed(zoomed(near, 0.5, at), 0.5, at)).toBe(WHOLE);
  expect(zoomed(WHOLE, 1000).scale).toBe(MAX_SCALE);
});

test("the picture can not be pushed out of the scene, and the whole one does not move", () => {
  const picture = { width: 800, height: 450 };
  const far = kept(shifted({ scale: 2, x: 0, y: 0 }, 5000, -5000), picture);
  expect(far).toEqual({ scale: 2, x: 800, y: -450 });
  expect(shifted(WHOLE, 50, 50)).toBe(WHOLE);
});

test("a notch of a mouse and a page of a touchpad are both a step, never a leap", () => {
  expect(wheelFactor({ deltaY: -100, deltaMode: 0 })).toBeCloseTo(Math.exp(0.25));
  expect(wheelFactor({ deltaY: -3, deltaMode: 1 })).toBeCloseTo(Math.exp(0.12));
  expect(wheelFactor({ deltaY: 5, deltaMode: 2 })).toBeCloseTo(Math.exp(-0.3));
});
