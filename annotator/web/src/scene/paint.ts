/** Paints masks into RGBA pixels of the overlay, only inside the box of what changed, fill and outline together. */

import { boxOf, forEachColumnRun, type PixelBox, type Runs } from "./rle";

export interface Ink {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  /** Opacity of the fill, 0 to 255; the outline is always drawn at `outline`. */
  readonly fill: number;
  readonly outline: number;
}

export interface Layer {
  readonly mask: Runs;
  readonly ink: Ink;
}

/** The smallest box that holds both; null holds nothing. */
export function unionBox(a: PixelBox | null, b: PixelBox | null): PixelBox | null {
  if (!a) return b;
  if (!b) return a;
  return {
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
    x2: Math.max(a.x2, b.x2),
    y2: Math.max(a.y2, b.y2),
  };
}

/**
 * Paints layers, the first at the bottom, into `rgba` of a `boxWidth` wide window whose corner is (box.x1, box.y1).
 * The window must hold every layer. Little-endian machines only, as every browser's are.
 */
export function paintLayers(rgba: Uint8ClampedArray, box: PixelBox, layers: readonly Layer[]): void {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.byteLength / 4);
  pixels.fill(0);
  for (const layer of layers) paintLayer(pixels, box, layer);
}

function paintLayer(pixels: Uint32Array, box: PixelBox, layer: Layer): void {
  const { mask, ink } = layer;
  const width = box.x2 - box.x1;
  const rgb = (ink.blue << 16) | (ink.green << 8) | ink.red;
  const fill = (rgb | (ink.fill << 24)) >>> 0;
  const line = (rgb | (ink.outline << 24)) >>> 0;
  const columns = columnRuns(mask);
  for (let x = 0; x < mask.width; x += 1) {
    const own = columns[x];
    if (!own) continue;
    const left = columns[x - 1] ?? NOTHING;
    const right = columns[x + 1] ?? NOTHING;
    for (let i = 0; i < own.length; i += 2) {
      const top = own[i] ?? 0;
      const bottom = own[i + 1] ?? 0;
      let at = (top - box.y1) * width + (x - box.x1);
      for (let y = top; y < bottom; y += 1) {
        pixels[at] = fill;
        at += width;
      }
      paintUncovered(pixels, box, width, x, top, bottom, left, line);
      paintUncovered(pixels, box, width, x, top, bottom, right, line);
      const edge = Math.min(OUTLINE, bottom - top);
      for (let d = 0; d < edge; d += 1) {
        pixels[(top + d - box.y1) * width + (x - box.x1)] = line;
        pixels[(bottom - 1 - d - box.y1) * width + (x - box.x1)] = line;
      }
    }
  }
}

const OUTLINE = 2;
const NOTHING: readonly number[] = [];

/** Draws as outline what [top, bottom) has and the neighbouring column has not: run ends alone leave gaps. */
function paintUncovered(
  pixels: Uint32Array,
  box: PixelBox,
  width: number,
  x: number,
  top: number,
  bottom: number,
  neighbour: readonly number[],
  line: number,
): void {
  let from = top;
  for (let i = 0; i < neighbour.length && from < bottom; i += 2) {
    const start = neighbour[i] ?? 0;
    const stop = neighbour[i + 1] ?? 0;
    if (stop <= from) continue;
    for (let y = from; y < Math.min(start, bottom); y += 1) pixels[(y - box.y1) * width + (x - box.x1)] = line;
    from = Math.max(from, stop);
  }
  for (let y = from; y < bottom; y += 1) pixels[(y - box.y1) * width + (x - box.x1)] = line;
}

/** Per column its foreground stretches as [top, bottom, top, bottom …]; bottom exclusive. */
function columnRuns(mask: Runs): (number[] | undefined)[] {
  const columns: (number[] | undefined)[] = [];
  forEachColumnRun(mask, (x, top, bottom) => {
    const column = columns[x];
    if (column) column.push(top, bottom);
    else columns[x] = [top, bottom];
  });
  return columns;
}

/** Layers whose boxes meet, in their order, and the box that holds them. */
export interface Cluster {
  readonly box: PixelBox;
  readonly layers: readonly Layer[];
}

/** Layers that can be painted by themselves: five small subjects in five corners are not one large picture. */
export function clustersOf(layers: readonly Layer[]): Cluster[] {
  let clusters: Cluster[] = [];
  for (const layer of layers) {
    const own = boxOf(layer.mask);
    if (!own) continue;
    let joined: Cluster = { box: own, layers: [layer] };
    // A box that has grown may meet one that it did not meet before.
    for (let grown = true; grown; ) {
      const { box } = joined;
      const met = clusters.filter((cluster) => meet(cluster.box, box));
      grown = met.length > 0;
      for (const cluster of met) {
        joined = { box: unionBox(joined.box, cluster.box) ?? box, layers: [...cluster.layers, ...joined.layers] };
      }
      clusters = clusters.filter((cluster) => !met.includes(cluster));
    }
    const order = new Map(layers.map((each, i) => [each, i]));
    clusters.push({ box: joined.box, layers: [...joined.layers].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)) });
  }
  return clusters;
}

function meet(a: PixelBox, b: PixelBox): boolean {
  return a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;
}

/** "#rrggbb" to ink. `dim` halves it, for stretches that a newer prompt has made stale. */
export function inkOf(color: string, dim = false): Ink {
  const value = Number.parseInt(color.slice(1), 16);
  return {
    red: (value >> 16) & 0xff,
    green: (value >> 8) & 0xff,
    blue: value & 0xff,
    fill: dim ? 40 : 97,
    outline: dim ? 110 : 255,
  };
}
