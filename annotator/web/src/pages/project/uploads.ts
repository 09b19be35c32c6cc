// Uploads outlive the page that started them; two files travel at a time.
import { create } from "zustand";
import { noticeExpired } from "../../api/queryClient";
import { uploadFile } from "../../api/upload";

export interface RunningUpload {
  id: number;
  projectId: string;
  file: File;
  received: number;
  error: string | null;
  abort: AbortController;
}

const AT_ONCE = 2;

export const useUploads = create<{ uploads: readonly RunningUpload[] }>(() => ({ uploads: [] }));

let lastId = 0;
let running = 0;
const waiting: (() => Promise<void>)[] = [];

const change = (id: number, part: Partial<RunningUpload>) =>
  useUploads.setState((state) => ({
    uploads: state.uploads.map((upload) => (upload.id === id ? { ...upload, ...part } : upload)),
  }));

const forget = (id: number) => useUploads.setState((state) => ({ uploads: state.uploads.filter((upload) => upload.id !== id) }));

function pump(): void {
  while (running < AT_ONCE) {
    const job = waiting.shift();
    if (!job) return;
    running += 1;
    void job().finally(() => {
      running -= 1;
      pump();
    });
  }
}

export function startUploads(projectId: string, files: readonly File[], onDone: () => unknown): void {
  for (const file of files) {
    const upload: RunningUpload = { id: ++lastId, projectId, file, received: 0, error: null, abort: new AbortController() };
    useUploads.setState((state) => ({ uploads: [...state.uploads, upload] }));
    waiting.push(async () => {
      const { signal } = upload.abort;
      if (signal.aborted) return;
      try {
        await uploadFile(projectId, file, { signal, onProgress: (received) => change(upload.id, { received }) });
        forget(upload.id);
        onDone();
      } catch (error) {
        if (signal.aborted) return;
        noticeExpired(error);
        change(upload.id, { error: error instanceof Error ? error.message : String(error) });
      }
    });
  }
  pump();
}

/** Stops and forgets it; what the server has stays there, and choosing the same file again goes on from it. */
export function stopUpload(id: number): void {
  useUploads.getState().uploads.find((upload) => upload.id === id)?.abort.abort();
  forget(id);
}
