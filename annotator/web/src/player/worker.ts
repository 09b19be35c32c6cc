/** The pixel worker: owns both canvases, the decoder and the masks; the page only ever sees numbers. */

import { MaskStore } from "../scene/maskStore";
import { Stage } from "../scene/stage";
import { Engine } from "./engine";
import { FrameTable } from "./frameTable";
import { compare, FilmDiffers, readFilm, type FilmIndex } from "./filmIndex";
import { GopSource } from "./gopSource";
import { JpegSource } from "./jpegSource";
import type { Reason, Tier } from "./ladder";
import type { FromWorker, OpenMessage, PrepareMessage, ToWorker } from "./messages";
import type { PictureSource } from "./pictureSource";
import { VideoSource } from "./videoSource";

interface Open {
  readonly table: FrameTable;
  readonly source: PictureSource;
  readonly masks: MaskStore;
  readonly stage: Stage;
  readonly engine: Engine;
}

type Asked = Exclude<ToWorker, PrepareMessage | OpenMessage | { type: "sought" }>;

let prepared: { readonly url: string; readonly film: Promise<FilmIndex> } | null = null;
let open: Open | null = null;
/** The browser's own player, from when it is tried. */
let video: VideoSource | null = null;
/** What was asked before the film was open, in order. */
let early: Asked[] = [];

self.onmessage = (event: MessageEvent<ToWorker>): void => {
  const message = event.data;
  if (message.type === "prepare") prepare(message);
  else if (message.type === "open") void start(message);
  else if (message.type === "sought") video?.sought(message);
  else if (open) handle(open, message);
  else early.push(message);
};

function prepare({ proxyUrl: url }: PrepareMessage): void {
  const film = readFilm(url);
  // What it fails with is told when the film is opened.
  film.catch(() => undefined);
  prepared = { url, film };
}

function post(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

async function start(message: OpenMessage): Promise<void> {
  try {
    const table = new FrameTable(message.table);
    const { source, tier, reason, detail } = await choose(message, table);
    open = assemble(message, table, source);
    post({ type: "opened", tier, reason, detail });
    const waiting = early;
    early = [];
    for (const each of waiting) handle(open, each);
  } catch (error) {
    post({ type: "refused", message: textOf(error) });
  }
}

interface Chosen {
  readonly source: PictureSource;
  readonly tier: Tier;
  readonly reason: Reason | null;
  readonly detail: string | null;
}

/** The best rung that this browser can stand on. A film that differs from its table is refused on all of them. */
async function choose(message: OpenMessage, table: FrameTable): Promise<Chosen> {
  const { proxyUrl, pictureUrl, cacheBytes, first } = message;
  let reason = whyNotExact(first);
  let detail: string | null = null;
  if (first !== "jpeg") {
    try {
      const film = await (prepared?.url === proxyUrl ? prepared.film : readFilm(proxyUrl));
      compare(film, table);
      const config = reason === null ? await GopSource.decodable(film) : null;
      if (config) return { source: new GopSource(film, config, table, cacheBytes), tier: "webcodecs", reason: null, detail };
      film.input.dispose();
      reason ??= "no-decoder";
      video = new VideoSource((id, picture) => { post({ type: "seek", id, picture }); }, table, cacheBytes);
      await video.prove();
      return { source: video, tier: "video", reason, detail };
    } catch (error) {
      if (error instanceof FilmDiffers) throw error;
      reason ??= "no-video";
      detail = textOf(error);
    }
  }
  return { source: new JpegSource(pictureUrl, table, cacheBytes), tier: "jpeg", reason, detail };
}

function whyNotExact(first: Tier): Reason | null {
  if (first !== "webcodecs") return "chosen";
  if ((self as { VideoDecoder?: unknown }).VideoDecoder !== undefined) return null;
  return self.isSecureContext ? "no-webcodecs" : "insecure";
}

function assemble(message: OpenMessage, table: FrameTable, source: PictureSource): Open {
  const masks = new MaskStore(table.height, table.width);
  const stage = new Stage(message.picture, message.overlay, masks);
  const engine = new Engine(source, table, {
    paint: (picture) => {
      stage.paint(picture, source);
    },
    shown: (picture) => {
      post({ type: "shown", picture, exact: true });
    },
    stalled: (picture, waiting) => {
      post({ type: "stalled", picture, waiting });
    },
    playing: (rate, picture, turn) => {
      post({ type: "playing", rate, picture, turn });
    },
    failed: (picture, text) => {
      post({ type: "failed", picture, message: text });
    },
    nextRefresh: (callback) => {
      self.requestAnimationFrame(callback);
    },
  });
  return { table, source, masks, stage, engine };
}

function handle({ table, source, masks, stage, engine }: Open, message: Asked): void {
  switch (message.type) {
    case "show":
      engine.show(message.picture);
      break;
    case "play":
      engine.play(message.rate, message.loop);
      break;
    case "pause":
      engine.pause();
      break;
    case "sound":
      engine.follow(message.seconds, message.at - performance.timeOrigin, message.turn);
      break;
    case "preview":
      stage.paintPreview(message.picture, message.bitmap);
      engine.preview(message.picture);
      post({ type: "shown", picture: message.picture, exact: false });
      break;
    case "tally":
      post({ type: "tally", id: message.id, played: engine.tally.take(), cacheBytes: source.bytes });
      break;
    case "styles":
      masks.setStyles(message.styles);
      engine.repaint();
      break;
    case "masks":
      masks.add(message.chunk);
      if (holds(message.chunk.start, message.chunk.counts.length, engine.picture)) engine.repaint();
      break;
    case "forget-masks":
      masks.forget(message.subject, message.pictures);
      engine.repaint();
      break;
    case "candidate": {
      const { subject, picture, counts, color } = message;
      stage.setCandidate(counts === null ? null : { subject, picture, counts, color });
      engine.repaint();
      break;
    }
    case "mask-of":
      post({ type: "mask-of", id: message.id, counts: masks.countsOf(message.subject, message.picture) });
      break;
    case "hit":
      post({ type: "hit", id: message.id, subject: masks.hit(engine.picture, message.x, message.y) });
      break;
    case "read":
      void read(message.id, message.picture, table, source, engine);
      break;
    case "close":
      engine.close();
      self.close();
      break;
    default:
      message satisfies never;
  }
}

function holds(start: number, length: number, picture: number): boolean {
  return picture >= start && picture < start + length;
}

/** RGBA of an exact picture, without showing it; for the tests that compare every picture. */
async function read(id: number, picture: number, table: FrameTable, source: PictureSource, engine: Engine): Promise<void> {
  const { width, height } = table;
  try {
    await engine.read(picture);
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (!context || !source.draw(picture, context)) throw new Error(`Picture ${picture} is not held.`);
    const rgba = context.getImageData(0, 0, width, height).data.buffer;
    post({ type: "read", id, width, height, rgba, message: null }, [rgba]);
  } catch (error) {
    post({ type: "read", id, width, height, rgba: null, message: textOf(error) });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
