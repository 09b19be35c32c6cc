/** What of a history is new since it was last written. A step never changes: what changes it puts another in its place. */

import type { SavedHistory, Step } from "./history";

/** What was written: the numbers of the steps. */
export interface Known {
  /** Rises with each write. */
  readonly turn: number;
  readonly numbers: ReadonlyMap<Step, number>;
  /** The next free number. */
  readonly next: number;
}

export interface Changes {
  readonly puts: readonly (readonly [number: number, step: Step])[];
  readonly removes: readonly number[];
  readonly past: readonly number[];
  readonly future: readonly number[];
  readonly known: Known;
}

/** `before` is null where nothing lies there, or nothing that this history goes on from. */
export function changesOf(before: Known | null, { past, future }: SavedHistory): Changes {
  let next = before?.next ?? 0;
  const numbers = new Map<Step, number>();
  const puts: [number, Step][] = [];
  const numbered = (step: Step): number => {
    const known = before?.numbers.get(step);
    const number = known ?? next++;
    if (known === undefined) puts.push([number, step]);
    numbers.set(step, number);
    return number;
  };
  const listed = { past: past.map(numbered), future: future.map(numbered) };
  const removes = [...(before?.numbers ?? [])].flatMap(([step, number]) => (numbers.has(step) ? [] : [number]));
  return { puts, removes, ...listed, known: { turn: (before?.turn ?? 0) + 1, numbers, next } };
}
