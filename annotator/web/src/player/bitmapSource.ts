/** Exact pictures that come one by one as bitmaps: what the rungs below WebCodecs have in common. */

import { PictureCache } from "./cache";
import type { FrameTable, Picture } from "./frameTable";
import type { PictureSource } from "./pictureSource";

interface HeldBitmap {
  readonly bytes: number;
  readonly bitmap: ImageBitmap;
}

/** Pictures around the one on screen that are loaded while nothing else is wanted. */
const NEAR = 8;

export abstract class BitmapSource implements PictureSource {
  readonly capacity: number;
  private readonly cache: PictureCache<HeldBitmap>;
  /** What was loaded last: says in which direction the next ones are. */
  private latest: Picture = 0;

  /** `atOnce`: pictures that are asked for together. */
  constructor(
    private readonly table: FrameTable,
    cacheBytes: number,
    private readonly atOnce: number,
  ) {
    this.cache = new PictureCache<HeldBitmap>(cacheBytes, (held) => {
      held.bitmap.close();
    });
    this.capacity = Math.floor(cacheBytes / (table.width * table.height * 4));
  }

  get bytes(): number {
    return this.cache.bytes;
  }

  has(picture: Picture): boolean {
    return this.cache.has(picture);
  }

  draw(picture: Picture, context: OffscreenCanvasRenderingContext2D): boolean {
    const held = this.cache.get(picture);
    if (!held) return false;
    context.drawImage(held.bitmap, 0, 0, context.canvas.width, context.canvas.height);
    return true;
  }

  async load(picture: Picture, signal: AbortSignal, arrived: (picture: Picture) => void, alone = false): Promise<void> {
    const onward = picture >= this.latest ? 1 : -1;
    this.latest = picture;
    const others = alone ? [] : this.missing(picture, onward, this.atOnce - 1);
    const more = others.map((other) => this.keep(other, signal, arrived).catch(() => undefined));
    try {
      await this.keep(picture, signal, arrived);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.all(more);
  }

  neighbours(picture: Picture, direction: 1 | -1): Picture[] {
    return this.missing(picture, direction, NEAR);
  }

  close(): void {
    this.cache.clear();
  }

  /** The picture's pixels, in proxy pixels. Throws when they cannot be had, or when aborted. */
  protected abstract bring(picture: Picture, signal: AbortSignal): Promise<ImageBitmap>;

  /** Those of the `most` pictures in a row after `picture` that are not held. */
  private missing(picture: Picture, direction: 1 | -1, most: number): Picture[] {
    const near: Picture[] = [];
    for (let step = 1; step <= most; step += 1) {
      const next = picture + step * direction;
      if (next >= 0 && next < this.table.count && !this.cache.has(next)) near.push(next);
    }
    return near;
  }

  private async keep(picture: Picture, signal: AbortSignal, arrived: (picture: Picture) => void): Promise<void> {
    const bitmap = await this.bring(picture, signal);
    this.cache.put(picture, { bitmap, bytes: bitmap.width * bitmap.height * 4 });
    arrived(picture);
  }
}
