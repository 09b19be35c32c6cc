/** The lease of a task: renewed while somebody works, with the seconds of real work; time without input is left out. */

import { useCallback, useEffect, useRef, useState } from "react";

import { heartbeat } from "../api/actions";
import { noticeExpired } from "../api/queryClient";
import { sayError } from "../ui/toast";
import { Beats } from "./beats";
import { forgetTaken, useTaken } from "./told";
import type { Player } from "../player/player";

const BEAT_MS = 30_000;
const IDLE_MS = 30_000;

export interface Lease {
  /** Milliseconds since the epoch; null when the task is not leased to me. */
  readonly expires: number | null;
  /** True when the server says that the task is no longer mine. */
  readonly lost: boolean;
  /** Reports the seconds worked since the last beat: before the task is handed in, when it is no longer mine. */
  readonly report: () => Promise<void>;
}

/** Beats while `taskId` is mine; playing counts as work too. */
export function useLease(taskId: string, expiresAt: string | null, mine: boolean, player: Player | null): Lease {
  const [lease, setLease] = useState({ expires: expiresAt ? Date.parse(expiresAt) : null, lost: false });
  const taken = useTaken((state) => state.taken.has(taskId));
  const reporting = useRef<(() => Promise<void>) | null>(null);
  useEffect(() => {
    setLease({ expires: expiresAt ? Date.parse(expiresAt) : null, lost: false });
    if (expiresAt) forgetTaken(taskId);
  }, [taskId, expiresAt]);
  useEffect(() => {
    if (!mine) return undefined;
    let lastInput = Date.now();
    let counted = Date.now();
    const work = new Beats({
      send: (seconds) => heartbeat(taskId, seconds),
      renewed: (expires) => {
        setLease({ expires, lost: false });
      },
      lost: (error) => {
        setLease((old) => ({ ...old, lost: true }));
        clearInterval(beating);
        sayError(error);
      },
      failed: noticeExpired,
    });
    const tick = (): void => {
      const now = Date.now();
      const working = now - lastInput < IDLE_MS || (player?.playing ?? false);
      if (working && !document.hidden) work.worked(Math.min(5, (now - counted) / 1000));
      counted = now;
    };
    const onInput = (): void => {
      lastInput = Date.now();
    };
    const beat = (): Promise<void> => {
      tick();
      return work.beat();
    };
    const ticking = setInterval(tick, 1000);
    const beating = setInterval(() => void beat(), BEAT_MS);
    reporting.current = beat;
    const inputs = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
    for (const name of inputs) window.addEventListener(name, onInput, { passive: true });
    return () => {
      clearInterval(ticking);
      clearInterval(beating);
      reporting.current = null;
      for (const name of inputs) window.removeEventListener(name, onInput);
      tick();
      void work.leave();
    };
  }, [taskId, mine, player]);
  const report = useCallback(async () => reporting.current?.(), []);
  return { ...lease, lost: lease.lost || taken, report };
}

/** Whole seconds that are left, counted down once a second; null without a lease. */
export function useSecondsLeft(expires: number | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return expires === null ? null : Math.max(0, Math.round((expires - now) / 1000));
}
