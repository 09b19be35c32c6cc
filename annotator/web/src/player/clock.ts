/** The playback clock: which picture is due now, in media seconds that run at a speed, forwards or backwards. */

import type { FrameTable, Picture } from "./frameTable";

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

  /** The picture that is due, and whether it is the last one of this playback. `now` in milliseconds. */
  due(now: number): { picture: Picture; ended: boolean } {
    const media = this.anchorMedia + ((now - this.anchorNow) / 1000) * this.rate;
    const first = this.loop?.[0] ?? 0;
    const last = this.loop?.[1] ?? this.table.count - 1;
    // Just under half a tick of tolerance, so that a picture whose time has come by a rounding error is not late.
    const picture = this.table.pictureAt(media + 1e-6);
    const past = this.rate > 0 ? media >= this.endOf(last) : media <= this.table.seconds(first);
    if (!past) return { picture: Math.max(first, Math.min(last, picture)), ended: false };
    if (!this.loop) return { picture: this.rate > 0 ? last : first, ended: true };
    const restart = this.rate > 0 ? first : last;
    this.anchorMedia = this.table.seconds(restart);
    this.anchorNow = now;
    return { picture: restart, ended: false };
  }

  /** Stops the clock at `picture` while its pixels are awaited, so that playback shows it and does not jump. */
  hold(picture: Picture, now: number): void {
    this.anchorMedia = this.table.seconds(picture);
    this.anchorNow = now;
  }

  /** When the picture leaves the screen; the last one stays as long as the one before it did. */
  private endOf(picture: Picture): number {
    if (picture + 1 < this.table.count) return this.table.seconds(picture + 1);
    const before = picture > 0 ? this.table.seconds(picture) - this.table.seconds(picture - 1) : 0;
    return this.table.seconds(picture) + before;
  }
}
