/** Brings a finished track's masks into the pixel worker, chunk by chunk, the playhead's own chunk first. */

import type { Player } from "../player/player";
import { readMasks, type PromptRecord } from "./wire";

const CHUNK = 256;

export class MaskLoader {
  private readonly loaded = new Map<string, string>();
  private readonly running = new Map<string, AbortController>();

  constructor(
    private readonly player: Player,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Loads a track once; another track of the same masklet takes its place. Prompts that are newer lie over it. */
  load(masklet: string, track: string, prompts: readonly PromptRecord[]): void {
    if (this.loaded.get(masklet) === track) return;
    this.running.get(masklet)?.abort();
    const abort = new AbortController();
    this.running.set(masklet, abort);
    this.loaded.set(masklet, track);
    void this.loadAll(masklet, track, prompts, abort.signal);
  }

  forget(masklet: string): void {
    this.running.get(masklet)?.abort();
    this.loaded.delete(masklet);
    this.player.forgetMasks(masklet);
  }

  close(): void {
    for (const abort of this.running.values()) abort.abort();
  }

  private async loadAll(masklet: string, track: string, prompts: readonly PromptRecord[], signal: AbortSignal): Promise<void> {
    const { count } = this.player.table;
    const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => i);
    const near = Math.floor(this.player.playhead / CHUNK);
    chunks.sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
    try {
      for (const chunk of chunks) {
        const start = chunk * CHUNK;
        const stop = Math.min(count, start + CHUNK);
        const page = await readMasks(masklet, track, start, stop, signal);
        if (signal.aborted) return;
        // What was never followed is not told of.
        const counts = Array.from({ length: stop - start }, (): string | null => null);
        for (const frame of page.frames) counts[frame.picture - start] = frame.counts;
        for (const prompt of prompts) {
          if (prompt.counts && prompt.picture >= start && prompt.picture < stop) counts[prompt.picture - start] = prompt.counts;
        }
        this.player.addMasks({ subject: masklet, start, counts });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.loaded.delete(masklet);
      this.onError(error);
    }
  }
}
