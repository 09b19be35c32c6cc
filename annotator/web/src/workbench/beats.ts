/** The seconds of real work on a task, told to the server, which renews the lease by them. */

import { asApiError } from "../api/error";

export interface BeatParts {
  /** Tells the seconds; gives when the lease ends. */
  send(seconds: number): Promise<{ readonly lease_expires_at: string }>;
  /** In milliseconds since the epoch. */
  renewed(expires: number): void;
  /** The server says that the task is not this person's any more. */
  lost(error: unknown): void;
  /** Any failure: an expired log-in is noticed by it. */
  failed(error: unknown): void;
}

/** Most seconds that one beat may tell. */
const MOST = 600;

export class Beats {
  private active = 0;
  private left = false;
  private under: Promise<void> = Promise.resolve();

  constructor(private readonly parts: BeatParts) {}

  worked(seconds: number): void {
    this.active += seconds;
  }

  /** One after the other: a report waits for the beat that is on its way, which would find the task handed in. */
  beat(): Promise<void> {
    this.under = this.under.then(() => this.tell());
    return this.under;
  }

  /** The last one. The task may be handed in by now: nothing that whoever has gone on need be told. */
  leave(): Promise<void> {
    this.left = true;
    return this.beat();
  }

  private async tell(): Promise<void> {
    const seconds = Math.min(MOST, this.active);
    if (seconds < 1) return;
    this.active = 0;
    try {
      const answer = await this.parts.send(Math.round(seconds * 10) / 10);
      this.parts.renewed(Date.parse(answer.lease_expires_at));
    } catch (error) {
      this.parts.failed(error);
      const { status } = asApiError(error);
      if (status === 0 || status === 401 || status >= 500) this.active += seconds;
      else if (!this.left) this.parts.lost(error);
    }
  }
}
