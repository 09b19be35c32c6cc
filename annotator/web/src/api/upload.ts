// Resumable upload: pieces of 8 MiB at an offset; an interrupted file goes on where the server has it.
import { finishUpload, readUpload, startUpload } from "./actions";
import { type ApiError, asApiError, toError } from "./error";
import type { Video } from "./types";

const PIECE = 8 * 2 ** 20;
const TRIES = 6;

export interface UploadOptions {
  signal: AbortSignal;
  /** Bytes the server has. */
  onProgress: (received: number) => void;
}

const memoryKey = (projectId: string, file: File) => `vidgrain.upload.${projectId}.${file.name}.${file.size}.${file.lastModified}`;

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("The upload was stopped.", "AbortError"));
    });
  });

async function begin(projectId: string, file: File): Promise<{ id: string; received: number }> {
  const known = localStorage.getItem(memoryKey(projectId, file));
  if (known) {
    try {
      return await readUpload(known);
    } catch {
      localStorage.removeItem(memoryKey(projectId, file)); // swept away by the server: begin anew
    }
  }
  const upload = await startUpload(projectId, { name: file.name, size: file.size });
  localStorage.setItem(memoryKey(projectId, file), upload.id);
  return upload;
}

/** Sends one piece and answers how many bytes the server has now; a 409 says that itself. */
async function sendPiece(uploadId: string, offset: number, piece: Blob, signal: AbortSignal): Promise<number> {
  const response = await fetch(`/api/uploads/${uploadId}?offset=${offset}`, {
    method: "PATCH",
    body: piece,
    signal,
    credentials: "same-origin",
    headers: { "Content-Type": "application/octet-stream" },
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok || response.status === 409) {
    const received = typeof body === "object" && body !== null && "received" in body ? body.received : undefined;
    if (typeof received === "number") return received;
    if (response.ok) return offset + piece.size;
  }
  throw toError(response.status, body);
}

const worthRetrying = (error: ApiError) => error.status === 0 || error.status === 429 || error.status >= 500;

/** The video that the file became. Throws ApiError, or AbortError when stopped (what was sent is kept). */
export async function uploadFile(projectId: string, file: File, options: UploadOptions): Promise<Video> {
  const upload = await begin(projectId, file);
  let received = upload.received;
  let failures = 0;
  options.onProgress(received);
  while (received < file.size) {
    try {
      received = await sendPiece(upload.id, received, file.slice(received, received + PIECE), options.signal);
      failures = 0;
      options.onProgress(received);
    } catch (error) {
      if (options.signal.aborted) throw error;
      const told = asApiError(error);
      failures += 1;
      if (!worthRetrying(told) || failures >= TRIES) throw told;
      await pause(1000 * 2 ** failures, options.signal);
    }
  }
  const video = await finishUpload(upload.id);
  localStorage.removeItem(memoryKey(projectId, file));
  return video;
}
