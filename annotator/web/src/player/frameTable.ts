/** The server's frame table as the browser uses it: exact integers, and the check that the proxy is the same film. */

declare const pictureBrand: unique symbol;
/** Ordinal of a picture in presentation order, from 0. Never a time and never a grid frame. */
export type Picture = number & { readonly [pictureBrand]?: never };

/** As GET /api/videos/{id}/frames sends it. */
export interface FrameTableWire {
  readonly proxy_pts: readonly number[];
  readonly proxy_time_base: string;
  readonly proxy_key: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly grid: readonly number[];
}

export class FrameTable {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Picture of every grid frame. */
  readonly grid: readonly number[];
  readonly pts: readonly number[];
  /** Ordinals of the key pictures, rising; the first is 0. */
  readonly keys: readonly number[];
  private readonly num: number;
  private readonly den: number;

  constructor(wire: FrameTableWire) {
    const [num, den] = wire.proxy_time_base.split("/").map(Number);
    if (!num || !den) throw new Error(`time base ${wire.proxy_time_base} is not a fraction`);
    this.num = num;
    this.den = den;
    this.pts = wire.proxy_pts;
    this.keys = wire.proxy_key;
    this.count = wire.proxy_pts.length;
    this.width = wire.width;
    this.height = wire.height;
    this.grid = wire.grid;
  }

  /** Seconds at which a picture is shown; for display and the playback clock only. */
  seconds(picture: Picture): number {
    return ((this.pts[picture] ?? 0) * this.num) / this.den;
  }

  /** Seconds of one unit of the proxy's times. */
  get tick(): number {
    return this.num / this.den;
  }

  /** Seconds of the middle of a picture's time; the last picture stays as long as the one before it. */
  middle(picture: Picture): number {
    const [from, to] = picture + 1 < this.count ? [picture, picture + 1] : [picture - 1, picture];
    return this.seconds(picture) + Math.max(0, this.seconds(to) - this.seconds(Math.max(0, from))) / 2;
  }

  /** Seconds to the pts units of the proxy, rounded; for comparing with what a demuxer reports. */
  ptsOf(seconds: number): number {
    return Math.round((seconds * this.den) / this.num);
  }

  /** Last picture shown at or before `seconds`. */
  pictureAt(seconds: number): Picture {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.seconds(middle) <= seconds) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  clamp(picture: number): Picture {
    return Math.max(0, Math.min(this.count - 1, Math.round(picture)));
  }

  /** The last grid frame at or before a picture. */
  gridOf(picture: Picture): number {
    let low = 0;
    let high = this.grid.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.grid[middle] ?? 0) <= picture) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  pictureOfGrid(grid: number): Picture {
    return this.grid[Math.max(0, Math.min(this.grid.length - 1, grid))] ?? 0;
  }

  /** Ordinal of the group of pictures (from key to key) that holds `picture`. */
  gopOf(picture: Picture): number {
    let low = 0;
    let high = this.keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.keys[middle] ?? 0) <= picture) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** First picture of a group and the first one after it. */
  gopSpan(gop: number): [Picture, Picture] {
    return [this.keys[gop] ?? 0, this.keys[gop + 1] ?? this.count];
  }
}

/** What the demuxer found in the proxy. */
export interface Packet {
  readonly seconds: number;
  readonly key: boolean;
}

/** Says how the proxy differs from the frame table, or null when it is the same film, picture by picture. */
export function difference(table: FrameTable, packets: readonly Packet[]): string | null {
  if (packets.length !== table.count) return `${packets.length} pictures instead of ${table.count}`;
  const keys = new Set(table.keys);
  for (let i = 0; i < packets.length; i += 1) {
    const packet = packets[i];
    if (!packet) return `picture ${i} is missing`;
    if (table.ptsOf(packet.seconds) !== table.pts[i]) return `picture ${i} is shown at another time`;
    if (keys.has(i) && !packet.key) return `picture ${i} should be a key picture`;
  }
  return null;
}
