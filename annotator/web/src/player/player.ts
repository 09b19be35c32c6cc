/** The page's side of the player: starts the pixel worker, gives it two canvases, and publishes what it shows. */

import { createStore, type StoreApi } from "zustand/vanilla";

import { createSight, type Sight } from "../scene/sight";
import { beginning } from "./clock";
import { FrameTable, type FrameTableWire, type Picture } from "./frameTable";
import { firstTier, type Reason, type Tier } from "./ladder";
import type { FromWorker, MaskChunk, ToWorker, TrackStyle } from "./messages";
import { Reel } from "./reel";
import { Sound } from "./sound";
import type { Played } from "./tally";

export interface Film {
  readonly table: FrameTableWire;
  /** Absolute. */
  readonly proxyUrl: string;
  /** `{picture}` is replaced by the ordinal. */
  readonly pictureUrl: string;
  readonly hasSound: boolean;
}

export interface PlayerState {
  readonly status: "opening" | "open" | "refused";
  /** Why the film was refused, or what the browser said of a better tier. */
  readonly message: string | null;
  readonly tier: Tier | null;
  /** Why it is not the best tier. */
  readonly reason: Reason | null;
  /** What is on screen may be a picture off: the browser plays the film by itself. */
  readonly preview: boolean;
  /** The picture on screen; -1 before the first. */
  readonly shown: Picture;
  /** 0 while paused. */
  readonly rate: number;
  /** The speed that is chosen, also while paused. */
  readonly speed: number;
  readonly waiting: boolean;
  readonly failure: string | null;
  /** Null for a film without sound. */
  readonly silent: boolean | null;
}

export const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 8] as const;

/** Decoded pictures that are kept; on a machine with little memory, fewer. */
export const CACHE_BYTES = 256 * 2 ** 20;
const SMALL_CACHE_BYTES = 96 * 2 ** 20;
const SMALL_MACHINE_GB = 4;

function cacheBytes(): number {
  const { deviceMemory = Number.POSITIVE_INFINITY } = navigator as { deviceMemory?: number };
  return deviceMemory <= SMALL_MACHINE_GB ? SMALL_CACHE_BYTES : CACHE_BYTES;
}

export interface PictureRead {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

/** How playback went since it was last asked, and what is held now. */
export interface Tallied extends Played {
  readonly cacheBytes: number;
}

export class Player {
  readonly table: FrameTable;
  readonly state: StoreApi<PlayerState>;
  /** Holds both canvases; its `data-picture` is the picture on screen. Put it into the page with `mount`. */
  readonly element: HTMLDivElement;
  /** How much of the picture the scene shows. */
  readonly sight: StoreApi<Sight> = createSight();
  private readonly worker: Worker;
  private readonly sound: Sound | null;
  private readonly proxyUrl: string;
  /** The browser's own player, once the worker asks for it. */
  private reel: Reel | null = null;
  private readonly tallies = new Map<number, (tally: Tallied) => void>();
  private readonly hits = new Map<number, (subject: string | null) => void>();
  private readonly masks = new Map<number, (counts: string | null) => void>();
  private readonly reads = new Map<number, { resolve: (read: PictureRead) => void; reject: (error: Error) => void }>();
  private nextId = 1;
  /** The picture last asked for: key repeat steps from here, not from what is on screen. */
  private requested: Picture = 0;
  private asked = 0;
  /** Of the playback that the worker told last. */
  private turn = 0;
  private loop: readonly [Picture, Picture] | null = null;

  /** `worker` was told to prepare the same film (`openFilm`); it ends with the player. */
  constructor(film: Film, worker: Worker) {
    this.table = new FrameTable(film.table);
    this.state = createStore<PlayerState>(() => ({
      status: "opening",
      message: null,
      tier: null,
      reason: null,
      preview: false,
      shown: -1,
      rate: 0,
      speed: 1,
      waiting: true,
      failure: null,
      silent: film.hasSound ? Sound.silent : null,
    }));
    const picture = this.canvas();
    const overlay = this.canvas();
    this.element = document.createElement("div");
    this.element.className = "vg-player";
    this.element.dataset.picture = "-1";
    this.element.append(picture, overlay);
    this.worker = worker;
    this.worker.onmessage = (event: MessageEvent<FromWorker>): void => {
      this.receive(event.data);
    };
    this.worker.onerror = (event): void => {
      this.state.setState({ status: "refused", message: event.message });
    };
    this.proxyUrl = film.proxyUrl;
    this.sound = film.hasSound
      ? new Sound(
          film.proxyUrl,
          () => this.table.seconds(Math.max(0, this.state.getState().shown)),
          (seconds) => {
            this.send({ type: "sound", seconds, at: performance.timeOrigin + performance.now(), turn: this.turn });
          },
        )
      : null;
    if (this.sound) this.element.append(this.sound.element);
    const first = firstTier();
    if (first === "none" || !("transferControlToOffscreen" in picture)) {
      this.worker.terminate();
      this.state.setState({ status: "refused", tier: "none", waiting: false, reason: first === "none" ? "chosen" : null });
      return;
    }
    const canvases = [picture.transferControlToOffscreen(), overlay.transferControlToOffscreen()] as const;
    this.worker.postMessage(
      {
        type: "open",
        picture: canvases[0],
        overlay: canvases[1],
        table: film.table,
        proxyUrl: film.proxyUrl,
        pictureUrl: location.origin + film.pictureUrl,
        cacheBytes: cacheBytes(),
        first,
      } satisfies ToWorker,
      [...canvases],
    );
    this.show(0);
  }

  /** The picture that the next step counts from. */
  get playhead(): Picture {
    return this.state.getState().rate === 0 ? this.requested : Math.max(0, this.state.getState().shown);
  }

  get playing(): boolean {
    return this.state.getState().rate !== 0;
  }

  /** The rate of the playback that runs, or that was asked for and is about to begin; 0 where there is none. */
  get askedRate(): number {
    return this.asked;
  }

  /** The picture on screen while it is the one that was asked for; null while the film plays or another is on its way. */
  get still(): Picture | null {
    const { shown, rate } = this.state.getState();
    return rate === 0 && shown === this.requested ? shown : null;
  }

  /** The picture that a click or a stroke of this moment is on; a playing film has none, and stops. */
  hold(): Picture | null {
    if (this.playing) {
      this.pause();
      return null;
    }
    return this.still;
  }

  get chosenSpeed(): number {
    return this.state.getState().speed;
  }

  show(picture: number): void {
    this.requested = this.table.clamp(picture);
    this.asked = 0;
    this.state.setState({ failure: null });
    this.endPreview();
    this.send({ type: "show", picture: this.requested });
  }

  step(pictures: number): void {
    this.show(this.playhead + pictures);
  }

  play(direction: 1 | -1 = 1): void {
    const rate = this.chosenSpeed * direction;
    const { loop, playhead } = this;
    if (direction === 1 && this.reel && this.state.getState().tier === "video") {
      this.asked = rate;
      this.playPreview(this.reel, rate);
      return;
    }
    // Backwards, a browser's own player does not play: picture after picture, as fast as they can be sought.
    if (this.endPreview()) this.show(playhead);
    this.asked = rate;
    this.send({ type: "play", rate, loop });
  }

  pause(): void {
    // What was asked for and is still on its way stays asked for; a playback that is about to begin ends here, too.
    if (!this.playing) {
      this.show(this.requested);
      return;
    }
    this.requested = this.playhead;
    this.asked = 0;
    if (this.reel?.playing) this.show(this.requested);
    else this.send({ type: "pause" });
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Takes effect at once, also while playing. */
  setSpeed(speed: number): void {
    const chosen = Math.max(SPEEDS[0], Math.min(SPEEDS[SPEEDS.length - 1] ?? 8, speed));
    this.state.setState({ speed: chosen });
    const { rate } = this.state.getState();
    if (rate !== 0) this.play(rate > 0 ? 1 : -1);
  }

  /** Pictures [start, end] to loop over while playing; null plays to the end. */
  setLoop(loop: readonly [Picture, Picture] | null): void {
    this.loop = loop;
    const { rate } = this.state.getState();
    if (rate !== 0) this.play(rate > 0 ? 1 : -1);
  }

  /** Silences the film, or lets it be heard again; remembered for the next one. */
  toggleSound(): void {
    const { silent, rate, shown } = this.state.getState();
    if (silent === null) return;
    Sound.remember(!silent);
    this.state.setState({ silent: !silent });
    if (this.reel?.playing) this.reel.element.muted = !silent;
    else if (!silent) this.sound?.stop();
    else if (rate > 0) this.sound?.play(this.table.seconds(Math.max(0, shown)), rate);
  }

  setStyles(styles: readonly TrackStyle[]): void {
    this.send({ type: "styles", styles });
  }

  addMasks(chunk: MaskChunk): void {
    this.send({ type: "masks", chunk });
  }

  /** Of the pictures [start, stop), or of all. */
  forgetMasks(subject: string, pictures: readonly [number, number] | null = null): void {
    this.send({ type: "forget-masks", subject, pictures });
  }

  setCandidate(subject: string, picture: Picture, counts: string | null, color: string): void {
    this.send({ type: "candidate", subject, picture, counts, color });
  }

  /** Counts of the subject's mask on a picture, as far as they have come; null where it has none. */
  maskOf(subject: string, picture: Picture): Promise<string | null> {
    return new Promise((resolve) => {
      const id = this.nextId++;
      this.masks.set(id, resolve);
      this.send({ type: "mask-of", id, subject, picture });
    });
  }

  /** How playback went since this was last asked. */
  tally(): Promise<Tallied> {
    return new Promise((resolve) => {
      const id = this.nextId++;
      this.tallies.set(id, resolve);
      this.send({ type: "tally", id });
    });
  }

  /** The subject whose mask on the picture on screen holds the pixel. */
  hit(x: number, y: number): Promise<string | null> {
    return new Promise((resolve) => {
      const id = this.nextId++;
      this.hits.set(id, resolve);
      this.send({ type: "hit", id, x: Math.floor(x), y: Math.floor(y) });
    });
  }

  /** RGBA of an exact picture as this browser decodes it. */
  readPicture(picture: Picture): Promise<PictureRead> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.reads.set(id, { resolve, reject });
      this.send({ type: "read", id, picture });
    });
  }

  close(): void {
    this.send({ type: "close" });
    this.sound?.close();
    this.reel?.close();
    this.element.remove();
    for (const read of this.reads.values()) read.reject(new Error("The player was closed."));
  }

  private canvas(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.width = this.table.width;
    canvas.height = this.table.height;
    canvas.setAttribute("aria-hidden", "true");
    return canvas;
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case "opened":
        // From here on the worker says when a picture is awaited.
        this.state.setState({ status: "open", tier: message.tier, reason: message.reason, message: message.detail, waiting: false });
        break;
      case "refused":
        this.state.setState({ status: "refused", message: message.message, waiting: false });
        break;
      case "shown":
        this.element.dataset.picture = String(message.picture);
        this.state.setState({ shown: message.picture, preview: !message.exact });
        break;
      case "seek":
        void this.seek(message.id, message.picture);
        break;
      case "stalled":
        this.state.setState({ waiting: message.waiting });
        // The sound waits for pictures, as the clock does.
        if (message.waiting) this.sound?.stop();
        else this.hear(message.picture);
        break;
      case "playing":
        // The end of what played before the browser's own player.
        if (this.reel?.playing) break;
        if (message.rate === 0 && this.playing) this.requested = Math.max(0, this.state.getState().shown);
        this.turn = message.turn;
        this.asked = message.rate;
        this.state.setState({ rate: message.rate });
        if (message.rate === 0) this.sound?.stop();
        else this.hear(message.picture);
        break;
      case "tally":
        this.tallies.get(message.id)?.({ ...message.played, cacheBytes: message.cacheBytes });
        this.tallies.delete(message.id);
        break;
      case "failed":
        this.state.setState({ failure: message.message, waiting: false });
        break;
      case "hit":
        this.hits.get(message.id)?.(message.subject);
        this.hits.delete(message.id);
        break;
      case "mask-of":
        this.masks.get(message.id)?.(message.counts);
        this.masks.delete(message.id);
        break;
      case "read":
        this.answerRead(message);
        break;
      default:
        message satisfies never;
    }
  }

  /** Lets the browser play by itself; the worker paints what it shows, with the masks of that picture. */
  private playPreview(reel: Reel, rate: number): void {
    const { loop, table } = this;
    const from = beginning(table, this.playhead, rate, loop);
    if (this.playing && !reel.playing) this.send({ type: "pause" });
    reel.element.muted = this.state.getState().silent !== false;
    this.state.setState({ rate, waiting: false, failure: null });
    reel.play(from, rate, {
      loop,
      seen: (picture, bitmap) => {
        this.worker.postMessage({ type: "preview", picture, bitmap } satisfies ToWorker, [bitmap]);
      },
      ended: (message) => {
        this.endPreview();
        this.show(message === null ? table.count - 1 : this.playhead);
        if (message !== null) this.state.setState({ failure: message });
      },
    });
  }

  /** Stops the browser's own player where it plays; the exact picture is still to be asked for. Says whether it played. */
  private endPreview(): boolean {
    const { reel } = this;
    if (!reel || this.state.getState().rate <= 0 || this.state.getState().tier !== "video") return false;
    reel.pause();
    this.state.setState({ rate: 0 });
    return true;
  }

  private async seek(id: number, picture: Picture): Promise<void> {
    try {
      if (!this.reel) {
        this.reel = new Reel(this.proxyUrl, this.table);
        // Below the canvases: browsers present pictures of elements that are in the page.
        this.element.prepend(this.reel.element);
      }
      const bitmap = await this.reel.picture(picture);
      this.worker.postMessage({ type: "sought", id, bitmap, message: null } satisfies ToWorker, [bitmap]);
    } catch (error) {
      this.send({ type: "sought", id, bitmap: null, message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Sound from a picture on, while the film plays forwards and shall be heard. */
  private hear(picture: Picture): void {
    const { rate, silent, waiting } = this.state.getState();
    if (rate > 0 && silent === false && !waiting && !this.reel?.playing) this.sound?.play(this.table.seconds(picture), rate);
  }

  private answerRead(message: Extract<FromWorker, { type: "read" }>): void {
    const waiting = this.reads.get(message.id);
    this.reads.delete(message.id);
    if (!waiting) return;
    if (message.rgba) {
      waiting.resolve({ width: message.width, height: message.height, rgba: new Uint8ClampedArray(message.rgba) });
    } else waiting.reject(new Error(message.message ?? "no picture"));
  }
}
