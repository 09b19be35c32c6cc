/** A reaction time from a few presses: the middle one, so that one slip does not count; never beyond what is kept. */

export const ROUNDS = 5;
export const MOST_MS = 1000;

export function medianReaction(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return Math.round(Math.max(0, Math.min(MOST_MS, middle)) / 10) * 10;
}
