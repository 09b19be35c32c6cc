/** Which grid frames the timeline shows: whoever lays things over it renders only those. */

import { createContext, useContext } from "react";

import type { Span } from "./spans";

const EVERYTHING: Span = [0, Number.POSITIVE_INFINITY];

const SeenContext = createContext<Span>(EVERYTHING);

/** Grid frames, end inclusive, with a margin: what lies outside need not be there. */
export const Seen = SeenContext.Provider;

export function useSeen(): Span {
  return useContext(SeenContext);
}

/** Half a window on both sides, in steps of a quarter: scrolling renders seldom, and never shows a hole. */
export function seenFrames(left: number, width: number, zoom: number, length: number): Span {
  if (zoom <= 1 || width === 0) return [0, Math.max(0, length - 1)];
  const perWindow = length / zoom;
  const quarter = Math.max(1, perWindow / 4);
  const first = (left / width) * perWindow;
  const from = Math.floor((first - perWindow / 2) / quarter) * quarter;
  const to = Math.ceil((first + perWindow * 1.5) / quarter) * quarter;
  return [Math.max(0, Math.floor(from)), Math.min(length - 1, Math.ceil(to))];
}
