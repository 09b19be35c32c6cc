/** Finding an action by what somebody types: every word of it begins a word of the label, or stands in it. */

/** Rank of a label for what was typed, the lower the better; null when it does not fit. */
export function rankOf(label: string, typed: string): number | null {
  const text = label.toLocaleLowerCase();
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let rank = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return null;
    const begins = at === 0 || /[\s,:(]/.test(text[at - 1] ?? "");
    rank += (begins ? 0 : 100) + at;
  }
  return rank;
}
