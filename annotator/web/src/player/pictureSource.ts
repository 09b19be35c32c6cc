/** The seam between the engine and where pictures come from: WebCodecs on the proxy, or JPEGs from the server. */

import type { Picture } from "./frameTable";

/** Thrown by `open` when a source cannot serve this browser or film; the message is for people. */
export class SourceRefused extends Error {}

export interface PictureSource {
  /** About how many pictures can be held at a time. */
  readonly capacity: number;
  /** Held now. */
  readonly bytes: number;
  has(picture: Picture): boolean;
  /** Draws a held picture over the whole canvas; false when it is not held. */
  draw(picture: Picture, context: OffscreenCanvasRenderingContext2D): boolean;
  /**
   * Loads `picture` and what comes with it; `arrived` is called for each picture held from now on.
   * Resolves early when aborted. Throws when the picture cannot be had. `alone`: no more than it takes to have it.
   */
  load(picture: Picture, signal: AbortSignal, arrived: (picture: Picture) => void, alone?: boolean): Promise<void>;
  /** Pictures, nearest first, that are worth loading while nothing else is wanted. */
  neighbours(picture: Picture, direction: 1 | -1): Picture[];
  close(): void;
}
