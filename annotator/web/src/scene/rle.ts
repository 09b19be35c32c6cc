/** COCO compressed RLE in the browser: parse, encode, area, box, hit test. Runs go down columns, background first. */

/** Runs of one mask: `runs[0]` is background, then they alternate; their sum is `height * width`. */
export interface Runs {
  readonly height: number;
  readonly width: number;
  readonly runs: Uint32Array;
}

/** x1, y1 inclusive; x2, y2 exclusive, in proxy pixels. */
export interface PixelBox {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export class RleError extends Error {}

/** Parses a COCO counts string (pycocotools' 6-bit, delta to the run before last). Throws RleError on a damaged one. */
export function parseCounts(counts: string, height: number, width: number): Runs {
  const out: number[] = [];
  const total = height * width;
  let sum = 0;
  let at = 0;
  while (at < counts.length) {
    let value = 0;
    let shift = 0;
    let more = true;
    while (more) {
      if (at >= counts.length) throw new RleError("counts end inside a number");
      const code = counts.charCodeAt(at) - 48;
      if (code < 0 || code > 63) throw new RleError(`counts hold the character ${counts[at] ?? ""}`);
      if (shift > 30) throw new RleError("counts hold a number that is too long");
      value += (code & 0x1f) * 2 ** shift;
      more = (code & 0x20) !== 0;
      at += 1;
      shift += 5;
      if (!more && code & 0x10) value -= 2 ** shift;
    }
    if (out.length > 2) value += out[out.length - 2] ?? 0;
    if (value < 0) throw new RleError("counts hold a negative run");
    out.push(value);
    sum += value;
    if (sum > total) throw new RleError("counts describe more pixels than the picture has");
  }
  if (sum !== total) throw new RleError("counts describe fewer pixels than the picture has");
  return { height, width, runs: Uint32Array.from(out) };
}

/** The inverse of parseCounts, byte for byte as pycocotools writes it. */
export function formatCounts(mask: Runs): string {
  let text = "";
  const { runs } = mask;
  for (let i = 0; i < runs.length; i += 1) {
    let value = runs[i] ?? 0;
    if (i > 2) value -= runs[i - 2] ?? 0;
    let more = true;
    while (more) {
      let code = value & 0x1f;
      value >>= 5;
      more = code & 0x10 ? value !== -1 : value !== 0;
      if (more) code |= 0x20;
      text += String.fromCharCode(code + 48);
    }
  }
  return text;
}

/** Runs of a row-major bitmap (non-zero is foreground), `bitmap.length === height * width`. */
export function runsOfBitmap(bitmap: Uint8Array, height: number, width: number): Runs {
  const runs: number[] = [];
  let last = 0;
  let length = 0;
  for (let x = 0; x < width; x += 1) {
    for (let y = 0; y < height; y += 1) {
      const value = bitmap[y * width + x] ? 1 : 0;
      if (value !== last) {
        runs.push(length);
        length = 0;
        last = value;
      }
      length += 1;
    }
  }
  runs.push(length);
  return { height, width, runs: Uint32Array.from(runs) };
}

/** Row-major bitmap of 0 and 1. */
export function bitmapOfRuns(mask: Runs): Uint8Array {
  const { height, width } = mask;
  const out = new Uint8Array(height * width);
  forEachColumnRun(mask, (x, y1, y2) => {
    for (let y = y1; y < y2; y += 1) out[y * width + x] = 1;
  });
  return out;
}

/** Calls `visit(x, y1, y2)` for every vertical stretch of foreground, columns in order; y2 is exclusive. */
export function forEachColumnRun(mask: Runs, visit: (x: number, y1: number, y2: number) => void): void {
  const { height, runs } = mask;
  let position = 0;
  for (let i = 0; i < runs.length; i += 1) {
    const length = runs[i] ?? 0;
    if (i % 2 === 1 && length > 0) {
      let start = position;
      const end = position + length;
      while (start < end) {
        const x = Math.floor(start / height);
        const stop = Math.min(end, (x + 1) * height);
        visit(x, start - x * height, stop - x * height);
        start = stop;
      }
    }
    position += length;
  }
}

/** Foreground pixels. */
export function areaOf(mask: Runs): number {
  let area = 0;
  for (let i = 1; i < mask.runs.length; i += 2) area += mask.runs[i] ?? 0;
  return area;
}

/** Smallest box around the foreground, or null when there is none. */
export function boxOf(mask: Runs): PixelBox | null {
  let x1 = Infinity;
  let y1 = Infinity;
  let x2 = 0;
  let y2 = 0;
  forEachColumnRun(mask, (x, top, bottom) => {
    x1 = Math.min(x1, x);
    x2 = Math.max(x2, x + 1);
    y1 = Math.min(y1, top);
    y2 = Math.max(y2, bottom);
  });
  return x2 === 0 ? null : { x1, y1, x2, y2 };
}

/** True when the pixel (integers, row y, column x) is foreground. */
export function hits(mask: Runs, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= mask.width || y >= mask.height) return false;
  const wanted = Math.floor(x) * mask.height + Math.floor(y);
  let position = 0;
  for (let i = 0; i < mask.runs.length; i += 1) {
    position += mask.runs[i] ?? 0;
    if (wanted < position) return i % 2 === 1;
  }
  return false;
}
