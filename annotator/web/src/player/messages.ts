/** Everything that the page and the pixel worker say to each other; one union a direction, ids tie answers to questions. */

import type { FrameTableWire } from "./frameTable";
import type { Reason, Tier } from "./ladder";
import type { Played } from "./tally";
import type { Sought } from "./videoSource";

/** Comes first: the film's index is read while the page still gathers what `open` needs. */
export interface PrepareMessage {
  readonly type: "prepare";
  readonly proxyUrl: string;
}

export interface OpenMessage {
  readonly type: "open";
  readonly picture: OffscreenCanvas;
  readonly overlay: OffscreenCanvas;
  readonly table: FrameTableWire;
  readonly proxyUrl: string;
  /** `{picture}` is replaced by the ordinal. */
  readonly pictureUrl: string;
  readonly cacheBytes: number;
  /** The best rung of the ladder that is tried. */
  readonly first: Tier;
}

export interface TrackStyle {
  readonly subject: string;
  readonly color: string;
  readonly visible: boolean;
  /** Pictures [start, end], end inclusive, whose mask a newer prompt has made stale. */
  readonly stale: readonly (readonly [number, number])[];
}

/** Counts strings from picture `start` on; null is an absent subject. */
export interface MaskChunk {
  readonly subject: string;
  readonly start: number;
  readonly counts: readonly (string | null)[];
}

export type ToWorker =
  | PrepareMessage
  | OpenMessage
  | { readonly type: "show"; readonly picture: number }
  | {
      readonly type: "play";
      /** Speed; negative plays backwards. */
      readonly rate: number;
      /** Loop over these pictures, end inclusive; null plays to the end. */
      readonly loop: readonly [number, number] | null;
    }
  | { readonly type: "pause" }
  /**
   * The sound was at `seconds` of the film at `at`, in milliseconds since 1970: page and worker have origins of their own.
   * `turn` is that of the `playing` it was started by.
   */
  | { readonly type: "sound"; readonly seconds: number; readonly at: number; readonly turn: number }
  /** The answer to `seek`. */
  | ({ readonly type: "sought" } & Sought)
  /** The page plays the film itself, and shows about this picture. */
  | { readonly type: "preview"; readonly picture: number; readonly bitmap: ImageBitmap }
  | { readonly type: "tally"; readonly id: number }
  | { readonly type: "styles"; readonly styles: readonly TrackStyle[] }
  | { readonly type: "masks"; readonly chunk: MaskChunk }
  /** Of the pictures [start, stop), or of all. */
  | { readonly type: "forget-masks"; readonly subject: string; readonly pictures: readonly [number, number] | null }
  /** A mask that is not part of a track: the candidate under consideration, in place of the subject's own mask. */
  | {
      readonly type: "candidate";
      readonly subject: string;
      readonly picture: number;
      readonly counts: string | null;
      readonly color: string;
    }
  | { readonly type: "mask-of"; readonly id: number; readonly subject: string; readonly picture: number }
  | { readonly type: "hit"; readonly id: number; readonly x: number; readonly y: number }
  | { readonly type: "read"; readonly id: number; readonly picture: number }
  | { readonly type: "close" };

export type FromWorker =
  /** `reason`: why not on the first rung; `detail`: what the browser said about it. */
  | { readonly type: "opened"; readonly tier: Tier; readonly reason: Reason | null; readonly detail: string | null }
  | { readonly type: "refused"; readonly message: string }
  /** `exact`: these are the picture's own pixels, not those of a film that plays by itself. */
  | { readonly type: "shown"; readonly picture: number; readonly exact: boolean }
  /** The worker needs a picture of the browser's own player. */
  | { readonly type: "seek"; readonly id: number; readonly picture: number }
  | { readonly type: "stalled"; readonly picture: number; readonly waiting: boolean }
  | { readonly type: "playing"; readonly rate: number; readonly picture: number; readonly turn: number }
  | { readonly type: "tally"; readonly id: number; readonly played: Played; readonly cacheBytes: number }
  | { readonly type: "failed"; readonly picture: number; readonly message: string }
  | { readonly type: "hit"; readonly id: number; readonly subject: string | null }
  | { readonly type: "mask-of"; readonly id: number; readonly counts: string | null }
  | {
      readonly type: "read";
      readonly id: number;
      readonly width: number;
      readonly height: number;
      readonly rgba: ArrayBuffer | null;
      readonly message: string | null;
    };
