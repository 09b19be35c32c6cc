/** What opening a film begins with, before there is a player: a worker that reads its index, and its frame table. */

import { api } from "../api/client";
import { unwrap } from "../api/error";
import type { FrameTableWire } from "./frameTable";
import type { ToWorker } from "./messages";

export interface OpeningFilm {
  readonly worker: Worker;
  readonly table: Promise<FrameTableWire>;
}

let kept: { readonly videoId: string; readonly film: OpeningFilm } | null = null;

export function proxyUrl(videoId: string): string {
  return new URL(`/api/videos/${videoId}/proxy.mp4`, location.href).href;
}

/** Begins with a film whose screen comes in a moment: `openFilm` finds it begun. */
export function askForFilm(videoId: string): void {
  drop();
  kept = { videoId, film: begin(videoId) };
}

/** The film as far as it was begun; the worker is the caller's to end. */
export function openFilm(videoId: string): OpeningFilm {
  if (kept?.videoId === videoId) {
    const { film } = kept;
    kept = null;
    return film;
  }
  drop();
  return begin(videoId);
}

function drop(): void {
  kept?.film.worker.terminate();
  kept = null;
}

function begin(videoId: string): OpeningFilm {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.postMessage({ type: "prepare", proxyUrl: proxyUrl(videoId) } satisfies ToWorker);
  const table = unwrap<FrameTableWire>(api.GET("/api/videos/{video_id}/frames", { params: { path: { video_id: videoId } } }));
  // Whoever opens the film hears of a failure; until then it is nobody's.
  table.catch(() => undefined);
  return { worker, table };
}
