/** The masks that the worker holds, by subject and picture, as far as the page's loader keeps them there; parsed when first drawn. */

import type { MaskChunk, TrackStyle } from "../player/messages";
import { inkOf, type Layer } from "./paint";
import { hits, parseCounts, RleError, type Runs } from "./rle";

/** Parsed masks kept beside their strings. */
const PARSED_LIMIT = 400;

export class MaskStore {
  private readonly tracks = new Map<string, Map<number, string | null>>();
  private readonly parsed = new Map<string, Runs>();
  private styles: readonly TrackStyle[] = [];

  constructor(
    private readonly height: number,
    private readonly width: number,
  ) {}

  setStyles(styles: readonly TrackStyle[]): void {
    this.styles = styles;
  }

  add(chunk: MaskChunk): void {
    let track = this.tracks.get(chunk.subject);
    if (!track) {
      track = new Map();
      this.tracks.set(chunk.subject, track);
    }
    chunk.counts.forEach((counts, i) => track.set(chunk.start + i, counts));
  }

  /** Of the pictures [start, stop), or of all. */
  forget(subject: string, pictures: readonly [number, number] | null = null): void {
    if (pictures === null) {
      this.tracks.delete(subject);
      return;
    }
    const track = this.tracks.get(subject);
    for (let picture = pictures[0]; picture < pictures[1]; picture += 1) track?.delete(picture);
  }

  /** Layers to paint over a picture, in the order of the styles. Damaged masks are left out and reported once. */
  layers(picture: number, without: string | null = null): Layer[] {
    const layers: Layer[] = [];
    for (const style of this.styles) {
      if (!style.visible || style.subject === without) continue;
      const mask = this.mask(style.subject, picture);
      if (!mask) continue;
      const stale = style.stale.some(([start, end]) => picture >= start && picture <= end);
      layers.push({ mask, ink: inkOf(style.color, stale) });
    }
    return layers;
  }

  /** The topmost visible subject whose mask holds the pixel. */
  hit(picture: number, x: number, y: number): string | null {
    for (let i = this.styles.length - 1; i >= 0; i -= 1) {
      const style = this.styles[i];
      if (!style?.visible) continue;
      const mask = this.mask(style.subject, picture);
      if (mask && hits(mask, x, y)) return style.subject;
    }
    return null;
  }

  /** Parses counts of this film's size, remembering the latest few hundred. */
  parse(counts: string): Runs | null {
    const known = this.parsed.get(counts);
    if (known) return known;
    try {
      const runs = parseCounts(counts, this.height, this.width);
      if (this.parsed.size >= PARSED_LIMIT) {
        const oldest = this.parsed.keys().next();
        if (!oldest.done) this.parsed.delete(oldest.value);
      }
      this.parsed.set(counts, runs);
      return runs;
    } catch (error) {
      if (!(error instanceof RleError)) throw error;
      console.error(`A mask cannot be drawn: ${error.message}`);
      return null;
    }
  }

  countsOf(subject: string, picture: number): string | null {
    return this.tracks.get(subject)?.get(picture) ?? null;
  }

  private mask(subject: string, picture: number): Runs | null {
    const counts = this.countsOf(subject, picture);
    return counts ? this.parse(counts) : null;
  }
}
