/** What comes next, loaded while somebody works: the task is kept for them, and its film, masks and document are read. */

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { preloadTask } from "../api/actions";
import { api } from "../api/client";
import { unwrap } from "../api/error";
import { contextQuery, guidelineQuery, videoQuery } from "../api/queries";
import type { Task } from "../api/types";
import type { FrameTableWire } from "../player/frameTable";
import { readMasklets, readMasks } from "./wire";

/** Not at once: the present task is loaded first. */
const FIRST_MS = 4000;
/** A promised task waits for five minutes on the server. */
const AGAIN_MS = 2 * 60_000;
/** The head of the film and its first seconds; one more such piece where a segment begins. */
const PIECE_BYTES = 2 ** 21;
const MASKS = 256;

/** Keeps the next task while `task` is mine and the page is looked at; what is read stays in the browser's caches. */
export function useAhead(task: Task): void {
  const client = useQueryClient();
  const { id, mine, project_id, kind } = task;
  useEffect(() => {
    if (!mine) return undefined;
    const stopped = new AbortController();
    let loaded: string | null = null;
    const ask = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const next = (await preloadTask(project_id, [kind])) ?? (await preloadTask(project_id));
        if (!next || next.id === loaded || stopped.signal.aborted) return;
        loaded = next.id;
        await loadAhead(next, client, stopped.signal);
      } catch {
        // A favour only: whatever is not there when the next task opens is read then.
      }
    };
    const first = setTimeout(() => void ask(), FIRST_MS);
    const again = setInterval(() => void ask(), AGAIN_MS);
    return () => {
      clearTimeout(first);
      clearInterval(again);
      stopped.abort();
    };
  }, [id, mine, project_id, kind, client]);
}

/** Reads what the screen of a task begins with, through the same addresses, so that the browser has it. */
export async function loadAhead(task: Task, client: QueryClient, signal: AbortSignal): Promise<void> {
  const path = { params: { path: { task_id: task.id } }, signal };
  await Promise.allSettled([
    loadFilm(task, signal),
    unwrap(api.GET("/api/tasks/{task_id}/document", path)),
    client.prefetchQuery({ ...videoQuery(task.video_id), staleTime: 60_000 }),
    client.prefetchQuery({ ...guidelineQuery(task.project_id, task.guideline_version), staleTime: 60_000 }),
    client.prefetchQuery(contextQuery(task.id)),
    loadMasks(task, signal),
  ]);
}

async function loadFilm(task: Task, signal: AbortSignal): Promise<void> {
  const table = await unwrap<FrameTableWire>(
    api.GET("/api/videos/{video_id}/frames", { params: { path: { video_id: task.video_id } }, signal }),
  );
  const size = await readPiece(task.video_id, 0, signal);
  const start = task.segment?.picture_start ?? 0;
  const at = Math.floor((size * start) / Math.max(1, table.proxy_pts.length));
  if (at > PIECE_BYTES) await readPiece(task.video_id, at, signal);
}

/** Reads one piece into the browser's cache; gives the size of the whole film in bytes. */
async function readPiece(video: string, from: number, signal: AbortSignal): Promise<number> {
  const headers = { Range: `bytes=${from}-${from + PIECE_BYTES - 1}` };
  const answer = await fetch(`/api/videos/${video}/proxy.mp4`, { headers, credentials: "same-origin", signal });
  const bytes = await answer.arrayBuffer();
  const total = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
  return total ? Number(total) : bytes.byteLength;
}

async function loadMasks(task: Task, signal: AbortSignal): Promise<void> {
  if (!task.kind.startsWith("stc_")) return;
  for (const { id, track } of await readMasklets(task.id)) {
    if (track?.state === "done") await readMasks(id, track.id, 0, MASKS, signal);
  }
}
