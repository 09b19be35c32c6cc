/** Strokes of a brush: fewer points without another shape, and what a ring under the pointer needs. */

import type { ScenePoint } from "./Scene";

/** Points of one stroke that are sent; the server takes 4000. */
export const MOST_POINTS = 1000;

/**
 * The stroke without the points that lie nearer than `tolerance` to the line between those that stay
 * (Douglas and Peucker), and at most MOST_POINTS of them: of a longer one only what stayed is looked at again, wider.
 */
export function simplified(points: readonly ScenePoint[], tolerance: number): ScenePoint[] {
  let kept = without(points, tolerance);
  for (let wider = tolerance * 2; kept.length > MOST_POINTS; wider *= 2) kept = without(kept, wider);
  return kept;
}

function without(points: readonly ScenePoint[], tolerance: number): ScenePoint[] {
  const last = points.length - 1;
  if (last < 2) return [...points];
  const keep = new Set([0, last]);
  const open: [number, number][] = [[0, last]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    let farthest = -1;
    let most = tolerance * tolerance;
    for (let i = from + 1; i < to; i += 1) {
      const far = squared(points[i], points[from], points[to]);
      if (far > most) {
        most = far;
        farthest = i;
      }
    }
    if (farthest < 0) continue;
    keep.add(farthest);
    open.push([from, farthest], [farthest, to]);
  }
  return points.filter((_, i) => keep.has(i));
}

/** The square of the way from a point to the straight piece between two others. */
function squared(point: ScenePoint | undefined, from: ScenePoint | undefined, to: ScenePoint | undefined): number {
  if (!point || !from || !to) return 0;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((point.x - from.x) * dx + (point.y - from.y) * dy) / length));
  const [x, y] = [point.x - from.x - along * dx, point.y - from.y - along * dy];
  return x * x + y * y;
}

/** One size of the brush up or down, in whole pixels of the picture. */
export function resized(radius: number, by: 1 | -1, most: number): number {
  const next = by > 0 ? Math.ceil(radius * 1.25) : Math.floor(radius / 1.25);
  return Math.max(1, Math.min(most, next));
}
