/** The proxy's packets, read without decoding anything: proof that it is the film of the frame table, on every rung that plays it. */

import { EncodedPacketSink, Input, MP4, UrlSource } from "mediabunny";

import { difference, type FrameTable, type Packet } from "./frameTable";
import { SourceRefused } from "./pictureSource";

/** Of the encoded film, kept by the demuxer; the browser's own cache has the rest. */
const FILM_BYTES = 32 * 2 ** 20;

/** The film itself is wrong: no other source may be used in its place. */
export class FilmDiffers extends Error {}

export interface FilmIndex {
  readonly input: Input;
  readonly sink: EncodedPacketSink;
  readonly packets: readonly Packet[];
  /** How to decode it; null where the demuxer does not know. */
  readonly config: VideoDecoderConfig | null;
}

/** Indexes the proxy. Throws SourceRefused when it has no pictures. */
export async function readFilm(url: string): Promise<FilmIndex> {
  const source = new UrlSource(url, { requestInit: { credentials: "same-origin" }, getRetryDelay: retryDelay, maxCacheSize: FILM_BYTES });
  const input = new Input({ source, formats: [MP4] });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new SourceRefused("The proxy has no picture track.");
  const config = await track.getDecoderConfig();
  const sink = new EncodedPacketSink(track);
  const packets: Packet[] = [];
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    packets.push({ seconds: packet.timestamp, key: packet.type === "key" });
  }
  return { input, sink, packets, config };
}

/** Throws FilmDiffers when the film is another one than the table's. */
export function compare({ packets }: FilmIndex, table: FrameTable): void {
  const wrong = difference(table, packets);
  if (wrong) throw new FilmDiffers(`The proxy is not the film of the frame table: ${wrong}.`);
}

/** Retries a lost connection with growing pauses for about half a minute, then gives up so that it can be shown. */
function retryDelay(attempts: number): number | null {
  return attempts < 6 ? 0.5 * 2 ** attempts : null;
}
