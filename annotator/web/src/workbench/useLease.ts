/** The lease of a task: renewed while somebody works, with the seconds of real work; time without input is left out. */

import { useCallback, useEffect, useRef, useState } from "react";

import { heartbeat } from "../api/actions";
import { asApiError } from "../api/error";
import { noticeExpired } from "../api/queryClient";
import { sayError } from "../ui/toast";
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
  const beating = useRef<(() => Promise<void>) | null>(null);
  useEffect(() => {
    setLease({ expires: expiresAt ? Date.parse(expiresAt) : null, lost: false });
    if (expiresAt) forgetTaken(taskId);
  }, [taskId, expiresAt]);
  useEffect(() => {
    if (!mine) return undefined;
    let lastInput = Date.now();
    let counted = Date.now();
    let active = 0;
    const tick = (): void => {
      const now = Date.now();
      const working = now - lastInput < IDLE_MS || (player?.playing ?? false);
      if (working && !document.hidden) active += Math.min(5, (now - counted) / 1000);
      counted = now;
    };
    const onInput = (): void => {
      lastInput = Date.now();
    };
    const beat = async (): Promise<void> => {
      tick();
      const seconds = Math.min(600, active);
      if (seconds < 1) return;
      active = 0;
      try {
        const answer = await heartbeat(taskId, Math.round(seconds * 10) / 10);
        setLease({ expires: Date.parse(answer.lease_expires_at), lost: false });
      } catch (error) {
        noticeExpired(error);
        const { status } = asApiError(error);
        if (status === 0 || status === 401 || status >= 500) active += seconds;
        else {
          setLease((old) => ({ ...old, lost: true }));
          clearInterval(beats);
          sayError(error);
        }
      }
    };
    const ticking = setInterval(tick, 1000);
    const beats = setInterval(() => void beat(), BEAT_MS);
    beating.current = beat;
    const inputs = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
    for (const name of inputs) window.addEventListener(name, onInput, { passive: true });
    return () => {
      clearInterval(ticking);
      clearInterval(beats);
      beating.current = null;
      for (const name of inputs) window.removeEventListener(name, onInput);
      void beat();
    };
  }, [taskId, mine, player]);
  const report = useCallback(async () => beating.current?.(), []);
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
