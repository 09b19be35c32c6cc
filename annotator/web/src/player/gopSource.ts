/**
 * Exact pictures from the proxy with mediabunny (demuxing) and WebCodecs (decoding), a group of pictures at a time.
 *
 * The proxy has closed groups without B-frames, so one group decodes by itself: its packets go in, a flush brings all
 * of its pictures out. The ordinal rides through the decoder as the timestamp, so no time is ever rounded to a picture.
 */

import type { EncodedPacket } from "mediabunny";

import { PictureCache } from "./cache";
import type { FilmIndex } from "./filmIndex";
import type { FrameTable, Picture } from "./frameTable";
import type { PictureSource } from "./pictureSource";

/** One decoded picture, copied out: holding decoder frames stalls hardware decoders at about 17. */
interface HeldPicture {
  readonly bytes: number;
  readonly data: ArrayBuffer;
  readonly init: VideoFrameBufferInit;
}

const SPARE = 16;

export class GopSource implements PictureSource {
  private readonly cache: PictureCache<HeldPicture>;
  private bytesPerPicture: number;
  private decoder: VideoDecoder | null = null;
  private onFrame: ((frame: VideoFrame) => void) | null = null;
  private failure: Error | null = null;
  /** Of pictures that were dropped: a fresh one costs its zeroes, and waits for a collector when it is dropped. */
  private readonly spare: ArrayBuffer[] = [];

  /** `config` is one that this browser decodes (`decodable`). */
  constructor(
    private readonly film: FilmIndex,
    private readonly config: VideoDecoderConfig,
    private readonly table: FrameTable,
    cacheBytes: number,
  ) {
    this.cache = new PictureCache<HeldPicture>(cacheBytes, ({ data }) => {
      if (this.spare.length < SPARE) this.spare.push(data);
    });
    this.bytesPerPicture = table.width * table.height * 1.5;
  }

  get capacity(): number {
    return Math.floor(this.cache.limit / this.bytesPerPicture);
  }

  /** How this browser decodes the film exactly; null where it cannot. */
  static async decodable({ config }: FilmIndex): Promise<VideoDecoderConfig | null> {
    return config && (await VideoDecoder.isConfigSupported(config)).supported ? config : null;
  }

  get bytes(): number {
    return this.cache.bytes;
  }

  has(picture: Picture): boolean {
    return this.cache.has(picture);
  }

  draw(picture: Picture, context: OffscreenCanvasRenderingContext2D): boolean {
    const held = this.cache.get(picture);
    if (!held) return false;
    const frame = new VideoFrame(held.data, held.init);
    context.drawImage(frame, 0, 0, context.canvas.width, context.canvas.height);
    frame.close();
    return true;
  }

  async load(picture: Picture, signal: AbortSignal, arrived: (picture: Picture) => void, alone = false): Promise<void> {
    const [start, end] = this.table.gopSpan(this.table.gopOf(picture));
    const stop = alone ? picture + 1 : end;
    const packets = await this.read(start, stop, signal);
    if (signal.aborted) return;
    const decoder = this.ready();
    const copies: Promise<void>[] = [];
    this.onFrame = (frame) => {
      copies.push(this.hold(frame, signal, arrived));
    };
    const abort = (): void => {
      if (decoder.state !== "closed") decoder.reset();
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      packets.forEach((packet, i) => {
        const type = i === 0 ? "key" : "delta";
        decoder.decode(new EncodedVideoChunk({ type, timestamp: start + i, data: packet.data }));
      });
      await decoder.flush();
      await Promise.all(copies);
    } catch (error) {
      await Promise.allSettled(copies);
      if (!signal.aborted) throw this.failure ?? error;
    } finally {
      signal.removeEventListener("abort", abort);
      this.onFrame = null;
    }
    if (!signal.aborted && !this.cache.has(picture)) throw new Error(`The decoder gave no picture ${picture}.`);
  }

  neighbours(picture: Picture, direction: 1 | -1): Picture[] {
    const gop = this.table.gopOf(picture);
    const near: Picture[] = [];
    let pictures = 0;
    for (const g of [gop, gop + direction, gop - direction, gop + 2 * direction]) {
      if (g < 0 || g >= this.table.keys.length) continue;
      const [start, stop] = this.table.gopSpan(g);
      pictures += stop - start;
      // Beyond what can be held, one neighbour would push out the other, round and round.
      if (pictures > this.capacity) break;
      const missing = this.missing(g);
      if (missing >= 0) near.push(missing);
    }
    return near;
  }

  close(): void {
    if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
    this.cache.clear();
    this.spare.length = 0;
    this.film.input.dispose();
  }

  /** First picture of a group that is not held, or -1. */
  private missing(gop: number): number {
    const [start, stop] = this.table.gopSpan(gop);
    for (let i = start; i < stop; i += 1) if (!this.cache.has(i)) return i;
    return -1;
  }

  private async read(start: Picture, stop: Picture, signal: AbortSignal): Promise<EncodedPacket[]> {
    const packets: EncodedPacket[] = [];
    const { sink, packets: index } = this.film;
    let packet = await sink.getPacket(index[start]?.seconds ?? 0);
    while (packet && packets.length < stop - start && !signal.aborted) {
      packets.push(packet);
      packet = packets.length < stop - start ? await sink.getNextPacket(packet) : null;
    }
    return packets;
  }

  /** The one decoder, configured; made anew after it failed. */
  private ready(): VideoDecoder {
    if (!this.decoder || this.decoder.state === "closed") {
      this.failure = null;
      this.decoder = new VideoDecoder({
        output: (frame) => {
          if (this.onFrame) this.onFrame(frame);
          else frame.close();
        },
        error: (error) => {
          this.failure = error;
        },
      });
    }
    if (this.decoder.state === "unconfigured") this.decoder.configure(this.config);
    return this.decoder;
  }

  private async hold(frame: VideoFrame, signal: AbortSignal, arrived: (picture: Picture) => void): Promise<void> {
    const picture = frame.timestamp;
    try {
      if (signal.aborted || this.cache.has(picture)) return;
      const held = await copyOut(frame, this.spare);
      this.bytesPerPicture = held.bytes;
      this.cache.put(picture, held);
    } finally {
      frame.close();
    }
    if (!signal.aborted) arrived(picture);
  }
}

async function copyOut(frame: VideoFrame, spare: ArrayBuffer[]): Promise<HeldPicture> {
  const rect = frame.visibleRect;
  if (!rect) throw new Error("The decoder gave a closed picture.");
  // A frame that lives on the graphics card has no format of its own; RGBA is always offered.
  const format: VideoPixelFormat = frame.format ?? "RGBA";
  const options: VideoFrameCopyToOptions = frame.format ? {} : { format: "RGBA" };
  const size = frame.allocationSize(options);
  const used = spare.pop();
  const data = used?.byteLength === size ? used : new ArrayBuffer(size);
  const layout = await frame.copyTo(data, options);
  const init: VideoFrameBufferInit = {
    format,
    codedWidth: rect.width,
    codedHeight: rect.height,
    displayWidth: frame.displayWidth,
    displayHeight: frame.displayHeight,
    timestamp: frame.timestamp,
    layout,
    ...(frame.format ? { colorSpace: frame.colorSpace.toJSON() } : {}),
  };
  return { bytes: data.byteLength, data, init };
}
