/** Whether a person has watched a clip once: by playing or stepping, nearly every picture of it was on their screen. */

import { useEffect, useState } from "react";

import type { Player, PlayerState } from "../player/player";

/** Share of the pictures that must have been shown; playing fast leaves some out, and they count when passed over. */
const ENOUGH = 0.9;
/** Pictures that are passed over in one step of playing at the fastest speed. */
const LONGEST_STRIDE = 20;

export class Watch {
  private readonly seen: Uint8Array;
  private count = 0;
  private last: number | null = null;

  constructor(
    private readonly start: number,
    end: number,
  ) {
    this.seen = new Uint8Array(Math.max(1, end - start + 1));
  }

  /** Share of the pictures that were shown, 0 to 1. */
  get share(): number {
    return this.count / this.seen.length;
  }

  get done(): boolean {
    return this.share >= ENOUGH;
  }

  /** A picture is on the screen; `playing` says that those between it and the one before were passed over in time. */
  shown(picture: number, playing: boolean): void {
    const from = playing && this.last !== null && picture > this.last && picture - this.last <= LONGEST_STRIDE ? this.last + 1 : picture;
    this.last = picture;
    for (let each = from; each <= picture; each += 1) {
      const at = each - this.start;
      if (at < 0 || at >= this.seen.length || this.seen[at]) continue;
      this.seen[at] = 1;
      this.count += 1;
    }
  }
}

/** 1 when it was watched, and kept for this person in this browser; else the share that was seen, in whole hundredths. */
export function useWatched(player: Player, span: { start: number; end: number }, key: string | null): number {
  const { start, end } = span;
  const [share, setShare] = useState(0);
  useEffect(() => {
    if (key === null) return undefined;
    if (localStorage.getItem(key) !== null) {
      setShare(1);
      return undefined;
    }
    setShare(0);
    const watch = new Watch(start, end);
    const look = ({ shown, rate }: Pick<PlayerState, "shown" | "rate">): void => {
      if (watch.done) return;
      watch.shown(shown, rate > 0);
      if (watch.done) {
        localStorage.setItem(key, new Date().toISOString());
        setShare(1);
      } else setShare(Math.floor(watch.share * 100) / 100);
    };
    // The picture that is on the screen already is one of them, and of the shortest clip the only one.
    look(player.state.getState());
    return player.state.subscribe(look);
  }, [player, start, end, key]);
  return key === null ? 1 : share;
}
