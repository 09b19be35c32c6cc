/** Brings a track's masks into the pixel worker, chunk by chunk, the playhead's own chunk first. */

import type { Player } from "../player/player";
import { readMasks, type PromptRecord } from "./wire";

export const CHUNK = 256;

interface Load {
  readonly track: string;
  /** Read when a chunk comes: prompts that are newer than the track lie over it. */
  readonly prompts: () => readonly PromptRecord[];
  /** Of a track that is running: how many frames it has given. */
  readonly onGiven: (given: number) => void;
  readonly abort: AbortController;
  /** Chunks that have come or are on their way. */
  readonly chunks: Map<number, Promise<void>>;
  /** Of a track that is running: the frames it had given when each picture was last told, by a chunk or an event. */
  readonly told: Map<number, number>;
  /** What it brought is in the worker still, or will be: the same track need not be loaded again. */
  holds: boolean;
}

export class MaskLoader {
  private readonly loads = new Map<string, Load>();

  constructor(
    private readonly player: Pick<Player, "table" | "playhead" | "addMasks" | "forgetMasks">,
    private readonly onError: (error: unknown) => void,
    private readonly read: typeof readMasks = readMasks,
  ) {}

  /** Loads a track once; another track of the same masklet takes its place. */
  load(masklet: string, track: string, prompts: () => readonly PromptRecord[], onGiven: (given: number) => void = () => undefined): void {
    const before = this.loads.get(masklet);
    if (before?.track === track && before.holds) return;
    before?.abort.abort();
    const load: Load = { track, prompts, onGiven, abort: new AbortController(), chunks: new Map(), told: new Map(), holds: true };
    this.loads.set(masklet, load);
    void this.loadAll(masklet, load);
  }

  /** Something else was put over the masklet's masks in the worker: its track is loaded again when it is asked for. */
  outdate(masklet: string): void {
    const load = this.loads.get(masklet);
    if (load) load.holds = false;
  }

  /** Whether the mask of a picture that a running track tells is newer than what its chunk brought; then it is put there. */
  isNews(masklet: string, track: string, picture: number, given: number): boolean {
    const load = this.loads.get(masklet);
    if (load?.track !== track) return true;
    if (given <= (load.told.get(picture) ?? 0)) return false;
    load.told.set(picture, given);
    return true;
  }

  /** Resolves when the mask of a picture is in the worker, or no track is there to bring one. Throws what the server says. */
  async ready(masklet: string, picture: number): Promise<void> {
    const load = this.loads.get(masklet);
    if (!load) return;
    await this.bring(masklet, load, Math.floor(picture / CHUNK));
    if (this.loads.get(masklet) !== load) await this.ready(masklet, picture);
  }

  forget(masklet: string): void {
    this.loads.get(masklet)?.abort.abort();
    this.loads.delete(masklet);
    this.player.forgetMasks(masklet);
  }

  close(): void {
    for (const { abort } of this.loads.values()) abort.abort();
    this.loads.clear();
  }

  private async loadAll(masklet: string, load: Load): Promise<void> {
    const { count } = this.player.table;
    const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => i);
    const near = Math.floor(this.player.playhead / CHUNK);
    chunks.sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
    try {
      for (const chunk of chunks) {
        await this.bring(masklet, load, chunk);
        if (load.abort.signal.aborted) return;
      }
    } catch (error) {
      load.holds = false;
      this.onError(error);
    }
  }

  private bring(masklet: string, load: Load, chunk: number): Promise<void> {
    const known = load.chunks.get(chunk);
    if (known) return known;
    const coming = this.readChunk(masklet, load, chunk).catch((error: unknown) => {
      if (load.abort.signal.aborted) return;
      load.chunks.delete(chunk);
      throw error;
    });
    load.chunks.set(chunk, coming);
    return coming;
  }

  private async readChunk(masklet: string, load: Load, chunk: number): Promise<void> {
    const start = chunk * CHUNK;
    const stop = Math.min(this.player.table.count, start + CHUNK);
    const page = await this.read(masklet, load.track, start, stop, load.abort.signal);
    if (load.abort.signal.aborted) return;
    const told = new Set(page.frames.map(({ picture }) => picture));
    // What was never followed is not told of.
    const counts = Array.from({ length: stop - start }, (): string | null => null);
    for (const frame of page.frames) counts[frame.picture - start] = frame.counts;
    for (const { picture, counts: said, absent } of load.prompts()) {
      if ((said !== null || absent) && picture >= start && picture < stop) {
        counts[picture - start] = said;
        told.add(picture);
      }
    }
    const { given } = page;
    if (given === null) {
      this.player.addMasks({ subject: masklet, start, counts });
      return;
    }
    // What is still to be followed keeps what is shown. While the chunk was on its way, events may have told newer ones.
    let run = start;
    for (let picture = start; picture <= stop; picture++) {
      const newer = (load.told.get(picture) ?? 0) > given;
      if (picture < stop && told.has(picture) && !newer) {
        load.told.set(picture, given);
        continue;
      }
      if (picture > run) this.player.addMasks({ subject: masklet, start: run, counts: counts.slice(run - start, picture - start) });
      run = picture + 1;
    }
    load.onGiven(given);
  }
}
