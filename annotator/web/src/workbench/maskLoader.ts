/** Brings a finished track's masks into the pixel worker, chunk by chunk, the playhead's own chunk first. */

import type { Player } from "../player/player";
import { readMasks } from "./wire";

const CHUNK = 256;

export class MaskLoader {
  private readonly loaded = new Map<string, string>();
  private readonly running = new Map<string, AbortController>();

  constructor(
    private readonly player: Player,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Loads a track once; another track of the same masklet takes its place. */
  load(masklet: string, track: string): void {
    if (this.loaded.get(masklet) === track) return;
    this.running.get(masklet)?.abort();
    const abort = new AbortController();
    this.running.set(masklet, abort);
    this.loaded.set(masklet, track);
    void this.loadAll(masklet, track, abort.signal);
  }

  forget(masklet: string): void {
    this.running.get(masklet)?.abort();
    this.loaded.delete(masklet);
    this.player.forgetMasks(masklet);
  }

  close(): void {
    for (const abort of this.running.values()) abort.abort();
  }

  private async loadAll(masklet: string, track: string, signal: AbortSignal): Promise<void> {
    const { count } = this.player.table;
    const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => i);
    const near = Math.floor(this.player.playhead / CHUNK);
    chunks.sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
    try {
      for (const chunk of chunks) {
        const start = chunk * CHUNK;
        const page = await readMasks(masklet, track, start, Math.min(count, start + CHUNK), signal);
        if (signal.aborted) return;
        const counts = page.frames.map((frame) => frame.counts);
        this.player.addMasks({ subject: masklet, start: page.frames[0]?.picture ?? start, counts });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.loaded.delete(masklet);
      this.onError(error);
    }
  }
}
