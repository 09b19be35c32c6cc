/** Colours of subjects, apart for the colour-blind too (after Okabe and Ito, lightened for a dark stage). */

export const COLORS = ["#ff9f45", "#5fb3ff", "#c792ea", "#4fd1a5", "#ffd84d", "#ff86b3", "#7fe3f2", "#c9a27a"] as const;

export function colorOf(index: number): string {
  return COLORS[((index % COLORS.length) + COLORS.length) % COLORS.length] ?? COLORS[0];
}
