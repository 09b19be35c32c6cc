/** The fallback where nothing plays the film here: exact pictures as JPEGs that the server decodes. */

import { BitmapSource } from "./bitmapSource";
import type { FrameTable, Picture } from "./frameTable";

/** One way to the server and back takes as long as four. */
const AT_ONCE = 4;

export class JpegSource extends BitmapSource {
  /** `url` holds `{picture}`, which is replaced by the ordinal. */
  constructor(
    private readonly url: string,
    table: FrameTable,
    cacheBytes: number,
  ) {
    super(table, cacheBytes, AT_ONCE);
  }

  protected async bring(picture: Picture, signal: AbortSignal): Promise<ImageBitmap> {
    const address = this.url.replace("{picture}", String(picture));
    const answer = await fetch(address, { signal, credentials: "same-origin" });
    if (!answer.ok) throw new Error(`Picture ${picture} could not be loaded (${answer.status}).`);
    return createImageBitmap(await answer.blob());
  }
}
