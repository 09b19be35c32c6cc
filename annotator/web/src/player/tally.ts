/** Counts how playback kept its time, for the browser bench and for whoever wonders why a film stutters. */

import type { Clock } from "./clock";
import type { Picture } from "./frameTable";

/** Of each painted picture; the newest are kept. */
const KEPT = 20_000;

export interface Played {
  /** Milliseconds from when a picture was due until it was painted, waiting for the screen included. */
  readonly behind: readonly number[];
  /** Milliseconds that painting a picture with its masks took. */
  readonly paint: readonly number[];
  /** Times that playback had to wait for pixels. */
  readonly held: number;
  /** Pictures that were due and never seen, because the next one was due before the screen was refreshed. */
  readonly skipped: number;
}

export class Tally {
  private behind: number[] = [];
  private paints: number[] = [];
  private held = 0;
  private skipped = 0;

  painted(milliseconds: number): void {
    keep(this.paints, milliseconds);
  }

  /** A picture of a playback, painted at `now`; `before` was on screen. A loop that begins again skips nothing. */
  played(clock: Clock, picture: Picture, before: Picture, now: number): void {
    keep(this.behind, Math.max(0, now - clock.dueAt(picture)));
    const step = (picture - before) * Math.sign(clock.rate);
    if (Math.abs(clock.rate) <= 1 && step > 1 && step < 12) this.skipped += step - 1;
  }

  waited(): void {
    this.held += 1;
  }

  /** What was counted since the last time. */
  take(): Played {
    const { behind, paints: paint, held, skipped } = this;
    this.behind = [];
    this.paints = [];
    this.held = 0;
    this.skipped = 0;
    return { behind, paint, held, skipped };
  }
}

function keep(list: number[], value: number): void {
  if (list.length >= KEPT) list.splice(0, KEPT / 2);
  list.push(value);
}
