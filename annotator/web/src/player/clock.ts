/** The playback clock: which picture is due now, in media seconds that run at a speed, forwards or backwards. */

import type { FrameTable, Picture } from "./frameTable";

/** Seconds by which pictures and sound may differ before the pictures follow: less is not seen, and steadier. */
const SLACK = 0.012;

/** Where a playback begins that is asked for at `wanted`: inside its loop, and at an edge again from the other one. */
export function beginning(table: FrameTable, wanted: Picture, rate: number, loop: readonly [Picture, Picture] | null): Picture {
  if (loop) {
    if (wanted >= loop[0] && wanted < loop[1]) return wanted;
    return rate > 0 ? loop[0] : loop[1];
  }
  if (rate > 0) return wanted >= table.count - 1 ? 0 : wanted;
  return wanted <= 0 ? table.count - 1 : wanted;
}

export class Clock {
  private anchorMedia: number;
  private anchorNow: number;

  /** `loop` is [start, end] in pictures, end inclusive; null plays to the film's edge and ends there. */
  constructor(
    private readonly table: FrameTable,
    from: Picture,
    readonly rate: number,
    readonly loop: readonly [Picture, Picture] | null,
    now: number,
  ) {
    this.anchorMedia = table.seconds(from);
    this.anchorNow = now;
  }

  /** The picture that is due, whether it is the last one of this playback, and whether a loop has just begun again. */
  due(now: number): { picture: Picture; ended: boolean; again: boolean } {
    const media = this.mediaAt(now);
    const first = this.loop?.[0] ?? 0;
    const last = this.loop?.[1] ?? this.table.count - 1;
    // Just under half a tick of tolerance, so that a picture whose time has come by a rounding error is not late.
    const picture = this.table.pictureAt(media + 1e-6);
    const past = this.rate > 0 ? media >= this.endOf(last) : media <= this.table.seconds(first);
    if (!past) return { picture: Math.max(first, Math.min(last, picture)), ended: false, again: false };
    if (!this.loop) return { picture: this.rate > 0 ? last : first, ended: true, again: false };
    const restart = this.rate > 0 ? first : last;
    this.hold(restart, now);
    return { picture: restart, ended: false, again: true };
  }

  /** When a picture is due, in the milliseconds of `now`. */
  dueAt(picture: Picture): number {
    return this.anchorNow + ((this.table.seconds(picture) - this.anchorMedia) / this.rate) * 1000;
  }

  /** Stops the clock at `picture` while its pixels are awaited, so that playback shows it and does not jump. */
  hold(picture: Picture, now: number): void {
    this.anchorMedia = this.table.seconds(picture);
    this.anchorNow = now;
  }

  /** The sound was at `seconds` at `now`: ears notice what eyes forgive, so the pictures follow it. */
  follow(seconds: number, now: number): void {
    if (Math.abs(seconds - this.mediaAt(now)) <= SLACK * Math.abs(this.rate)) return;
    this.anchorMedia = seconds;
    this.anchorNow = now;
  }

  private mediaAt(now: number): number {
    return this.anchorMedia + ((now - this.anchorNow) / 1000) * this.rate;
  }

  /** When the picture leaves the screen; the last one stays as long as the one before it did. */
  private endOf(picture: Picture): number {
    if (picture + 1 < this.table.count) return this.table.seconds(picture + 1);
    const before = picture > 0 ? this.table.seconds(picture) - this.table.seconds(picture - 1) : 0;
    return this.table.seconds(picture) + before;
  }
}
