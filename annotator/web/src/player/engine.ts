/** Decides which picture is loaded next and which is painted now. Runs in the worker; knows no canvas and no decoder. */

import { beginning, Clock } from "./clock";
import type { FrameTable, Picture } from "./frameTable";
import type { PictureSource } from "./pictureSource";
import { Tally } from "./tally";

export interface EngineEvents {
  /** Paints picture and masks in one go; called only for pictures that the source holds. */
  paint(picture: Picture): void;
  shown(picture: Picture): void;
  stalled(picture: Picture, waiting: boolean): void;
  /** Playback begins at `picture`, or begins a loop again there, which is another `turn`; a rate of 0 is its end. */
  playing(rate: number, picture: Picture, turn: number): void;
  failed(picture: Picture, message: string): void;
  /** Calls back before the next screen refresh with the time in milliseconds. */
  nextRefresh(callback: (now: number) => void): void;
}

interface Job {
  readonly picture: Picture;
  readonly prefetch: boolean;
  readonly abort: AbortController;
}

interface Read {
  readonly picture: Picture;
  resolve(): void;
  reject(error: Error): void;
}

/** Pictures that playback keeps loaded ahead of the clock. */
const LOOK_AHEAD = 36;
/** From this speed on, a playback that has to wait shows key pictures only, and keeps its speed. */
const SKIM_FROM = 2;

export class Engine {
  private wanted: Picture = 0;
  private shown: Picture = -1;
  /** What is on screen is a preview: the exact pixels of the same picture are still to be painted. */
  private rough = false;
  private direction: 1 | -1 = 1;
  private clock: Clock | null = null;
  /** Only key pictures are loaded and shown: all of them could not be had in time. */
  private skimming = false;
  private waiting = false;
  private turn = 0;
  private job: Job | null = null;
  private failedPicture: Picture = -1;
  private reads: Read[] = [];
  private closed = false;
  readonly tally = new Tally();

  constructor(
    private readonly source: PictureSource,
    private readonly table: FrameTable,
    private readonly events: EngineEvents,
  ) {}

  /** The picture on screen, -1 before the first. */
  get picture(): Picture {
    return this.shown;
  }

  /** Shows a picture as soon as it can be had; a later call replaces an earlier one. Ends playback. */
  show(picture: Picture): void {
    this.stop();
    this.want(this.table.clamp(picture));
  }

  play(rate: number, loop: readonly [Picture, Picture] | null): void {
    const from = beginning(this.table, this.wanted, rate, loop);
    const running = this.clock !== null;
    this.direction = rate > 0 ? 1 : -1;
    this.clock = new Clock(this.table, from, rate, loop, performance.now());
    this.skimming = false;
    this.turn += 1;
    this.events.playing(rate, from, this.turn);
    this.want(from);
    if (!running) this.events.nextRefresh((now) => { this.tick(now); });
  }

  /** The sound was at `seconds` of the film at `now`. Of an earlier turn it says nothing: a loop would jump to its end. */
  follow(seconds: number, now: number, turn: number): void {
    if (this.clock && !this.waiting && turn === this.turn) this.clock.follow(seconds, now);
  }

  pause(): void {
    this.stop();
    if (this.shown >= 0) this.wanted = this.shown;
  }

  /** The page plays the film itself and has put about this picture on screen. Ends playback. */
  preview(picture: Picture): void {
    this.stop();
    this.wanted = picture;
    this.shown = picture;
    this.rough = true;
    this.failedPicture = -1;
    this.setWaiting(picture, false);
  }

  /** Resolves when the source holds `picture`, however far it is from what is on screen. */
  read(picture: Picture): Promise<void> {
    return new Promise((resolve, reject) => {
      this.reads.push({ picture, resolve: () => { resolve(); }, reject });
      this.interruptPrefetch(picture);
      void this.work();
    });
  }

  /** Paints again what is on screen, after masks or styles changed. */
  repaint(): void {
    if (this.shown >= 0 && !this.rough && this.source.has(this.shown)) this.events.paint(this.shown);
  }

  close(): void {
    this.closed = true;
    this.clock = null;
    this.job?.abort.abort();
    this.source.close();
  }

  private stop(): void {
    if (!this.clock) return;
    this.clock = null;
    this.events.playing(0, this.shown, this.turn);
  }

  private want(picture: Picture): void {
    if (picture !== this.wanted && !this.clock) this.direction = picture > this.wanted ? 1 : -1;
    this.wanted = picture;
    this.failedPicture = -1;
    if (!this.present(picture)) this.interruptPrefetch(picture);
    void this.work();
  }

  /** Paints when the pixels are there. */
  private present(picture: Picture): boolean {
    if (!this.source.has(picture)) {
      this.setWaiting(picture, true);
      return false;
    }
    this.paint(picture);
    this.setWaiting(picture, false);
    return true;
  }

  private paint(picture: Picture): void {
    if (picture === this.shown && !this.rough) return;
    const before = this.shown;
    this.shown = picture;
    this.rough = false;
    const began = performance.now();
    this.events.paint(picture);
    const ended = performance.now();
    this.tally.painted(ended - began);
    if (this.clock) this.tally.played(this.clock, picture, before, ended);
    this.events.shown(picture);
  }

  private setWaiting(picture: Picture, waiting: boolean): void {
    if (waiting === this.waiting) return;
    this.waiting = waiting;
    this.events.stalled(picture, waiting);
  }

  private tick(now: number): void {
    const { clock } = this;
    if (!clock || this.closed) return;
    const due = clock.due(now);
    if (due.again) {
      this.turn += 1;
      this.events.playing(clock.rate, due.picture, this.turn);
    }
    const picture = due.again || due.ended ? due.picture : this.onward(clock, due.picture);
    this.wanted = this.skimming && !due.ended ? this.skimmed(picture) : picture;
    if (!this.present(this.wanted)) {
      clock.hold(picture, now);
      this.tally.waited();
      if (Math.abs(clock.rate) >= SKIM_FROM) {
        this.skimming = true;
        this.wanted = this.skimmed(picture);
      }
      this.interruptPrefetch(this.wanted);
    }
    void this.work();
    if (due.ended && this.shown === due.picture) this.stop();
    else this.events.nextRefresh((next) => { this.tick(next); });
  }

  /** A clock that was set back by the sound waits on screen; the film does not run backwards for it. */
  private onward(clock: Clock, picture: Picture): Picture {
    const back = (this.wanted - picture) * Math.sign(clock.rate);
    return back > 0 && back <= LOOK_AHEAD ? this.wanted : picture;
  }

  /** The picture to show in place of a due one: itself where it is held, else the newest key picture before it. */
  private skimmed(picture: Picture): Picture {
    return this.source.has(picture) ? picture : (this.table.keys[this.table.gopOf(picture)] ?? picture);
  }

  /** A wanted picture never waits for one that is only guessed at; a group that will bring it goes on. */
  private interruptPrefetch(picture: Picture): void {
    if (this.job?.prefetch) this.interrupt(this.job, picture);
  }

  private interrupt(job: Job, picture: Picture): void {
    if (this.table.gopOf(job.picture) !== this.table.gopOf(picture)) job.abort.abort();
  }

  private async work(): Promise<void> {
    if (this.job) return;
    for (let next = this.next(); next && !this.closed; next = this.next()) {
      const job: Job = { ...next, abort: new AbortController() };
      this.job = job;
      try {
        const arrived = (picture: Picture): void => { this.arrived(picture); };
        await this.source.load(job.picture, job.abort.signal, arrived, this.skimming && this.clock !== null);
      } catch (error) {
        this.fail(job, error instanceof Error ? error : new Error(String(error)));
      }
      this.job = null;
    }
  }

  private next(): { picture: Picture; prefetch: boolean } | null {
    if (!this.source.has(this.wanted) && this.wanted !== this.failedPicture) {
      return { picture: this.wanted, prefetch: false };
    }
    this.settleReads();
    const read = this.reads[0];
    if (read) return { picture: read.picture, prefetch: false };
    if (this.failedPicture >= 0) return null;
    if (this.clock) return this.ahead(this.clock);
    const near = this.source.neighbours(this.wanted, this.direction)[0];
    return near === undefined ? null : { picture: near, prefetch: true };
  }

  /** The first picture that playback will need and the source has not. */
  private ahead(clock: Clock): { picture: Picture; prefetch: boolean } | null {
    const speed = Math.max(1, Math.min(4, Math.abs(clock.rate)));
    // Never more than half of what can be held: pictures loaded too early would push out those still to be shown.
    const reach = Math.min(Math.ceil(LOOK_AHEAD * speed), Math.floor(this.source.capacity / 2));
    if (this.skimming) return this.aheadByKeys();
    for (let step = 1; step <= reach; step += 1) {
      let picture = this.wanted + step * this.direction;
      if (clock.loop && picture > clock.loop[1]) picture = clock.loop[0] + (picture - clock.loop[1] - 1);
      if (picture < 0 || picture >= this.table.count) return null;
      if (!this.source.has(picture)) return { picture, prefetch: true };
    }
    return null;
  }

  /** The next of a few key pictures that a skimming playback will need. */
  private aheadByKeys(): { picture: Picture; prefetch: boolean } | null {
    const gop = this.table.gopOf(this.wanted);
    for (let step = 1; step <= LOOK_AHEAD / 4; step += 1) {
      const picture = this.table.keys[gop + step * this.direction];
      if (picture === undefined) return null;
      if (!this.source.has(picture)) return { picture, prefetch: true };
    }
    return null;
  }

  private arrived(picture: Picture): void {
    this.failedPicture = -1;
    const { job } = this;
    if (picture === this.wanted) this.present(picture);
    else if (job && !job.prefetch && job.picture === picture && !this.clock && this.reads.length === 0) {
      // The playhead has moved on meanwhile. Showing this one keeps a fast scrub alive; the rest of it is not needed.
      this.paint(picture);
      if (!this.source.has(this.wanted)) this.interrupt(job, this.wanted);
    }
    this.settleReads();
  }

  private settleReads(): void {
    const done = this.reads.filter((read) => this.source.has(read.picture));
    this.reads = this.reads.filter((read) => !this.source.has(read.picture));
    for (const read of done) read.resolve();
  }

  private fail(job: Job, error: Error): void {
    const lost = this.reads.filter((read) => read.picture === job.picture);
    this.reads = this.reads.filter((read) => read.picture !== job.picture);
    for (const read of lost) read.reject(error);
    // Not tried again until something else is asked for: a broken group would otherwise be decoded for ever.
    this.failedPicture = this.wanted;
    if (job.prefetch) return;
    this.stop();
    this.events.failed(job.picture, error.message);
  }
}
