/** Spans of integers, end inclusive: presence runs on pictures and on the grid, and what no event covers. */

export type Span = readonly [start: number, end: number];

/** Runs of true as spans. */
export function runsOf(flags: readonly boolean[]): Span[] {
  const runs: Span[] = [];
  let start = -1;
  for (let i = 0; i <= flags.length; i += 1) {
    if (flags[i] && start < 0) start = i;
    if (!flags[i] && start >= 0) {
      runs.push([start, i - 1]);
      start = -1;
    }
  }
  return runs;
}

/** What of [0, length) the spans leave out; spans in order, without overlap. */
export function complement(spans: readonly Span[], length: number): Span[] {
  const rest: Span[] = [];
  let from = 0;
  for (const [start, end] of spans) {
    if (start > from) rest.push([from, start - 1]);
    from = Math.max(from, end + 1);
  }
  if (from < length) rest.push([from, length - 1]);
  return rest;
}

export function covers(spans: readonly Span[], value: number): boolean {
  return spans.some(([start, end]) => value >= start && value <= end);
}

/** Presence on the grid from presence on pictures: grid frame k is present when its own picture is. */
export function toGrid(spans: readonly Span[], grid: readonly number[]): Span[] {
  return runsOf(grid.map((picture) => covers(spans, picture)));
}

/** The parts of `span` in which the subject is absent: what the system will call out of frame when left uncovered. */
export function absentWithin(span: Span, present: readonly Span[]): Span[] {
  const [start, end] = span;
  const inside = present
    .filter(([first, last]) => last >= start && first <= end)
    .map(([first, last]): Span => [Math.max(first, start) - start, Math.min(last, end) - start]);
  return complement(inside, end - start + 1).map(([first, last]): Span => [first + start, last + start]);
}

/** How many grid frames lie in the spans of pictures. */
export function gridCount(spans: readonly Span[], grid: readonly number[]): number {
  return grid.filter((picture) => covers(spans, picture)).length;
}

/** The spans with one more; spans that overlap or touch become one. */
export function joined(spans: readonly Span[], more: Span): Span[] {
  const sorted = [...spans, more].sort((a, b) => a[0] - b[0]);
  const out: Span[] = [];
  for (const [start, end] of sorted) {
    const last = out.at(-1);
    if (last && start <= last[1] + 1) out[out.length - 1] = [last[0], Math.max(last[1], end)];
    else out.push([start, end]);
  }
  return out;
}

/** The spans without the values from `start` to `end`. */
export function without(spans: readonly Span[], [start, end]: Span): Span[] {
  return spans.flatMap(([first, last]): Span[] => {
    if (end < first || start > last) return [[first, last]];
    const rest: Span[] = [
      [first, start - 1],
      [end + 1, last],
    ];
    return rest.filter(([a, b]) => b >= a);
  });
}

/** Those of the spans, in order and without overlap, that touch `window`: found by bisection, however many there are. */
export function within(spans: readonly Span[], [from, to]: Span): readonly Span[] {
  const first = below(spans, (span) => span[1] < from);
  const last = below(spans, (span) => span[0] <= to);
  return first === 0 && last === spans.length ? spans : spans.slice(first, last);
}

/** How many elements, from the first on, satisfy what only a beginning of the list does. */
export function below<Element>(sorted: readonly Element[], does: (element: Element) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = sorted[middle];
    if (element !== undefined && does(element)) low = middle + 1;
    else high = middle;
  }
  return low;
}
