/** The fallback without WebCodecs (an insecure context): exact pictures as JPEGs that the server decodes. */

import { PictureCache } from "./cache";
import type { FrameTable, Picture } from "./frameTable";
import type { PictureSource } from "./pictureSource";

interface HeldBitmap {
  readonly bytes: number;
  readonly bitmap: ImageBitmap;
}

export class JpegSource implements PictureSource {
  readonly capacity: number;
  private readonly cache: PictureCache<HeldBitmap>;

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

  async load(picture: Picture, signal: AbortSignal, arrived: (picture: Picture) => void): Promise<void> {
    let bitmap: ImageBitmap;
    try {
      const address = this.url.replace("{picture}", String(picture));
      const answer = await fetch(address, { signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(`Picture ${picture} could not be loaded (${answer.status}).`);
      bitmap = await createImageBitmap(await answer.blob());
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    this.cache.put(picture, { bitmap, bytes: bitmap.width * bitmap.height * 4 });
    arrived(picture);
  }

  neighbours(picture: Picture, direction: 1 | -1): Picture[] {
    const near: Picture[] = [];
    for (let step = 1; step <= 8; step += 1) {
      const next = picture + step * direction;
      if (next >= 0 && next < this.table.count && !this.cache.has(next)) near.push(next);
    }
    return near;
  }

  close(): void {
    this.cache.clear();
  }
}
