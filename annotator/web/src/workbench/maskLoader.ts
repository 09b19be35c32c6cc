/** Brings a track's masks into the pixel worker, chunk by chunk, those about the playhead, and takes far ones out again. */

import type { Player } from "../player/player";
import { readMasks, type PromptRecord } from "./wire";

export const CHUNK = 256;
/** What the worker may hold: about 80,000 masks of 720p. A film of two hours and five subjects has a million. */
export const MASK_BYTES = 64 * 2 ** 20;
/** Of a mask in the worker, beside its counts. */
const ENTRY_BYTES = 64;
/** Chunks so near to the playhead's own stay, whatever they take: they are on screen, or drawn upon. */
const NEAR = 1;

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
  /** It is bringing chunks, one after the other. */
  walking: boolean;
  /** A chunk did not come: the next `load` tries again, or who needs it. */
  failed: boolean;
}

export class MaskLoader {
  private readonly loads = new Map<string, Load>();
  /** Bytes of the chunks in the worker, by masklet, whichever track brought them. */
  private readonly held = new Map<string, Map<number, number>>();
  private total = 0;
  private unwatch: (() => void) | null = null;

  constructor(
    private readonly player: Pick<Player, "table" | "playhead" | "state" | "addMasks" | "forgetMasks">,
    private readonly onError: (error: unknown) => void,
    private readonly read: typeof readMasks = readMasks,
    private readonly limit = MASK_BYTES,
  ) {}

  /** Of the masks that the worker holds. */
  get bytes(): number {
    return this.total;
  }

  /** Loads a track once; another track of the same masklet takes its place. */
  load(masklet: string, track: string, prompts: () => readonly PromptRecord[], onGiven: (given: number) => void = () => undefined): void {
    const before = this.loads.get(masklet);
    if (before?.track === track && before.holds) return;
    before?.abort.abort();
    const load: Load = { track, prompts, onGiven, abort: new AbortController(), chunks: new Map(), told: new Map(), holds: true, walking: false, failed: false };
    this.loads.set(masklet, load);
    this.watch();
    void this.walk(masklet, load);
  }

  /** Something else was put over the masklet's masks in the worker: its track is loaded again when it is asked for. */
  outdate(masklet: string): void {
    const load = this.loads.get(masklet);
    if (load) load.holds = false;
  }

  /**
   * Whether the mask of a picture that a running track tells is to be put into the worker: it is newer than what its chunk
   * brought, and there is room for it. Where there is none, its chunk has it when the playhead comes there.
   */
  isNews(masklet: string, track: string, picture: number, given: number, counts: string | null): boolean {
    const load = this.loads.get(masklet);
    if (load && load.track === track && given <= (load.told.get(picture) ?? 0)) return false;
    const chunk = Math.floor(picture / CHUNK);
    const bytes = weightOf([counts]);
    const known = this.held.get(masklet)?.get(chunk);
    if (known === undefined && this.total + bytes > this.limit && this.distance(chunk) > NEAR) return false;
    if (load?.track === track) load.told.set(picture, given);
    this.weigh(masklet, chunk, (known ?? 0) + bytes);
    this.makeRoom();
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
    for (const bytes of this.held.get(masklet)?.values() ?? []) this.total -= bytes;
    this.held.delete(masklet);
    this.player.forgetMasks(masklet);
  }

  close(): void {
    for (const { abort } of this.loads.values()) abort.abort();
    this.loads.clear();
    this.unwatch?.();
    this.unwatch = null;
  }

  /** Where the playhead goes to another chunk, what is missing about it is brought. */
  private watch(): void {
    this.unwatch ??= this.player.state.subscribe(({ shown }, before) => {
      if (Math.floor(shown / CHUNK) === Math.floor(before.shown / CHUNK)) return;
      for (const [masklet, load] of this.loads) if (!load.failed) void this.walk(masklet, load);
    });
  }

  /** Brings what is missing, the nearest to the playhead first, for as long as there is room. */
  private async walk(masklet: string, load: Load): Promise<void> {
    if (load.walking) return;
    load.walking = true;
    try {
      for (let next = this.next(load); next !== null; next = this.next(load)) {
        await this.bring(masklet, load, next);
        // Not there any more: nothing was farther away, so the next one would not stay, either.
        if (load.abort.signal.aborted || !load.chunks.has(next)) break;
      }
    } catch (error) {
      load.holds = false;
      load.failed = true;
      this.onError(error);
    } finally {
      load.walking = false;
    }
  }

  /** The missing chunk that is nearest to the playhead; null where none is, or it would only push out nearer ones. */
  private next(load: Load): number | null {
    const chunks = Math.ceil(this.player.table.count / CHUNK);
    const near = Math.floor(this.player.playhead / CHUNK);
    for (let distance = 0; distance < chunks; distance += 1) {
      for (const chunk of [near - distance, near + distance]) {
        if (chunk < 0 || chunk >= chunks || load.chunks.has(chunk)) continue;
        return this.hasRoom() || distance <= NEAR || distance < (this.farthest()?.distance ?? 0) ? chunk : null;
      }
    }
    return null;
  }

  private distance(chunk: number): number {
    return Math.abs(chunk - Math.floor(this.player.playhead / CHUNK));
  }

  /** For one more chunk like those that are held. */
  private hasRoom(): boolean {
    const count = [...this.held.values()].reduce((sum, { size }) => sum + size, 0);
    return count === 0 || this.total + this.total / count <= this.limit;
  }

  private farthest(): { masklet: string; chunk: number; distance: number } | null {
    let found: { masklet: string; chunk: number; distance: number } | null = null;
    for (const [masklet, chunks] of this.held) {
      for (const chunk of chunks.keys()) {
        const distance = this.distance(chunk);
        if (distance > (found?.distance ?? NEAR)) found = { masklet, chunk, distance };
      }
    }
    return found;
  }

  private weigh(masklet: string, chunk: number, bytes: number): void {
    const chunks = this.held.get(masklet) ?? new Map<number, number>();
    this.held.set(masklet, chunks);
    this.total += bytes - (chunks.get(chunk) ?? 0);
    chunks.set(chunk, bytes);
  }

  /** Takes the farthest chunks out of the worker while there are too many. */
  private makeRoom(): void {
    while (this.total > this.limit) {
      const far = this.farthest();
      if (!far) return;
      const { masklet, chunk } = far;
      const chunks = this.held.get(masklet);
      this.total -= chunks?.get(chunk) ?? 0;
      chunks?.delete(chunk);
      const load = this.loads.get(masklet);
      load?.chunks.delete(chunk);
      const [start, stop] = [chunk * CHUNK, (chunk + 1) * CHUNK];
      for (let picture = start; picture < stop; picture += 1) load?.told.delete(picture);
      this.player.forgetMasks(masklet, [start, stop]);
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
    this.weigh(masklet, chunk, weightOf(counts));
    if (given === null) {
      this.player.addMasks({ subject: masklet, start, counts });
      this.makeRoom();
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
    this.makeRoom();
    load.onGiven(given);
  }
}

/** Bytes that masks take in the worker. */
function weightOf(counts: readonly (string | null)[]): number {
  return counts.reduce((sum, each) => sum + ENTRY_BYTES + (each?.length ?? 0), 0);
}
