/** The difference of two texts, word by word: the longest common run of words stays, the rest is one side's own. */

export interface Piece {
  readonly text: string;
  /** True where the other text does not have it. */
  readonly own: boolean;
}

/** Beyond this many words times words a difference is not worth its time: the whole text counts as its own. */
const MOST_CELLS = 400_000;

/** `text` in pieces, in order; joined they give `text` again. Spaces go with the word before them. */
export function piecesOf(text: string, other: string): Piece[] {
  const mine = text.match(/\S+\s*|\s+/g) ?? [];
  const theirs = (other.match(/\S+/g) ?? []).map(plain);
  if (mine.length * theirs.length > MOST_CELLS) return [{ text, own: true }];
  const shared = common(mine.map(plain), theirs);
  const pieces: Piece[] = [];
  mine.forEach((word, at) => {
    const own = !shared.has(at) && word.trim() !== "";
    const last = pieces[pieces.length - 1];
    if (last && last.own === own) pieces[pieces.length - 1] = { text: last.text + word, own };
    else pieces.push({ text: word, own });
  });
  return pieces;
}

const plain = (word: string): string => word.trim();

/** Places in `a` of a longest common subsequence with `b`. */
function common(a: readonly string[], b: readonly string[]): Set<number> {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found = new Set<number>();
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      found.add(i);
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return found;
}
