/** Pictures from the browser's own player, which only the page can have: the worker asks, the page seeks (`reel.ts`) and answers. */

import { BitmapSource } from "./bitmapSource";
import type { FrameTable, Picture } from "./frameTable";
import { SourceRefused } from "./pictureSource";

/** What the page answers to a request. */
export interface Sought {
  readonly id: number;
  /** Null with a `message` where the picture could not be had. */
  readonly bitmap: ImageBitmap | null;
  readonly message: string | null;
}

interface Asked {
  resolve(bitmap: ImageBitmap): void;
  reject(error: Error): void;
}

export class VideoSource extends BitmapSource {
  private readonly asked = new Map<number, Asked>();
  private nextId = 1;

  /** `ask` tells the page which picture is wanted; it answers by `sought`, in any order. */
  constructor(
    private readonly ask: (id: number, picture: Picture) => void,
    table: FrameTable,
    cacheBytes: number,
  ) {
    super(table, cacheBytes, 1);
  }

  /** Shows that the browser's player has this film's first picture, exactly; throws SourceRefused. */
  async prove(): Promise<void> {
    try {
      await this.load(0, new AbortController().signal, () => undefined);
    } catch (error) {
      throw new SourceRefused(error instanceof Error ? error.message : String(error));
    }
  }

  sought({ id, bitmap, message }: Sought): void {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (!asked) bitmap?.close();
    else if (bitmap) asked.resolve(bitmap);
    else asked.reject(new Error(message ?? "The browser's player gave no picture."));
  }

  protected bring(picture: Picture, signal: AbortSignal): Promise<ImageBitmap> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.asked.set(id, { resolve, reject });
      signal.addEventListener("abort", () => {
        this.asked.delete(id);
        reject(new Error("Another picture is wanted."));
      });
      this.ask(id, picture);
    });
  }
}
