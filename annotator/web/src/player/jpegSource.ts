/** The fallback without WebCodecs (an insecure context): exact pictures as JPEGs that the server decodes. */

import { PictureCache } from "./cache";
import type { FrameTable, Picture } from "./frameTable";
import type { PictureSource } from "./pictureSource";

interface HeldBitmap {
  readonly bytes: number;
  readonly bitmap: ImageBitmap;
}

/** Pictures that are asked for together: one way to the server and back takes as long as four. */
const AT_ONCE = 4;

export class JpegSource implements PictureSource {
  readonly capacity: number;
  private readonly cache: PictureCache<HeldBitmap>;
  /** What was loaded last: says in which direction the next ones are. */
  private latest: Picture = 0;

  /** `url` holds `{picture}`, which is replaced by the ordinal. */
  constructor(
    private readonly url: string,
    private readonly table: FrameTable,
    cacheBytes: number,
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
    const others = alone ? [] : this.missing(picture, onward, AT_ONCE - 1);
    const more = others.map((other) => this.fetchOne(other, signal, arrived).catch(() => undefined));
    try {
      await this.fetchOne(picture, signal, arrived);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await Promise.all(more);
  }

  neighbours(picture: Picture, direction: 1 | -1): Picture[] {
    return this.missing(picture, direction, 8);
  }

  close(): void {
    this.cache.clear();
  }

  /** Up to `most` pictures in a row after `picture` that are not held. */
  private missing(picture: Picture, direction: 1 | -1, most: number): Picture[] {
    const near: Picture[] = [];
    for (let step = 1; step <= most; step += 1) {
      const next = picture + step * direction;
      if (next >= 0 && next < this.table.count && !this.cache.has(next)) near.push(next);
    }
    return near;
  }

  private async fetchOne(picture: Picture, signal: AbortSignal, arrived: (picture: Picture) => void): Promise<void> {
    const address = this.url.replace("{picture}", String(picture));
    const answer = await fetch(address, { signal, credentials: "same-origin" });
    if (!answer.ok) throw new Error(`Picture ${picture} could not be loaded (${answer.status}).`);
    const bitmap = await createImageBitmap(await answer.blob());
    this.cache.put(picture, { bitmap, bytes: bitmap.width * bitmap.height * 4 });
    arrived(picture);
  }
}
