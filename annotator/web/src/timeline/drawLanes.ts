/** Draws ruler, thumbnails, presence and prompts of the visible part of the timeline onto one canvas. */

import type { FrameTable } from "../player/frameTable";
import { ticks } from "./scale";
import { below, within, type Span } from "./spans";

export interface Sheet {
  readonly image: HTMLImageElement;
  readonly columns: number;
  /** Size of one thumbnail in the sheet. */
  readonly width: number;
  readonly height: number;
  readonly pictures: readonly number[];
}

export interface Lane {
  readonly id: string;
  readonly label: string;
  readonly color: string;
  readonly active: boolean;
  /** Present runs in pictures; null while nothing is known. */
  readonly present: readonly Span[] | null;
  readonly prompts: readonly { readonly picture: number; readonly absent: boolean }[];
  /** Pictures whose masks a new track would make anew. */
  readonly stale: readonly Span[];
  readonly locks: readonly { readonly span: Span; readonly name: string }[];
  readonly flags: readonly { readonly picture: number; readonly why: string }[];
}

export const RULER = 20;
export const FILM = 46;
export const LANE = 30;

export interface Window {
  /** Width of the whole zoomed timeline, and the part of it that the canvas shows, in CSS pixels. */
  readonly full: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

interface Colors {
  readonly text: string;
  readonly line: string;
  readonly lane: string;
  readonly diamond: string;
}

/** Position of a picture on the grid's axis, between grid frames where it has none of its own. */
export function gridPosition(table: FrameTable, picture: number): number {
  if (picture >= table.count) return table.grid.length;
  const grid = table.gridOf(picture);
  const start = table.grid[grid] ?? 0;
  const stop = table.grid[grid + 1] ?? table.count;
  return stop > start ? grid + (picture - start) / (stop - start) : grid;
}

export function drawLanes(
  context: CanvasRenderingContext2D,
  table: FrameTable,
  lanes: readonly Lane[],
  sheet: Sheet | null,
  window: Window,
  colors: Colors,
): void {
  const length = table.grid.length;
  const x = (grid: number): number => (grid / length) * window.full - window.left;
  context.clearRect(0, 0, window.width, window.height);
  drawRuler(context, length, window, colors, x);
  if (sheet) drawFilm(context, table, sheet, window);
  lanes.forEach((lane, i) => {
    drawLane(context, table, lane, RULER + FILM + 6 + i * LANE, window, colors, x);
  });
}

/** The pictures that a window shows, and a little more: what lies outside is not drawn. */
function picturesIn(table: FrameTable, window: Window): Span {
  const grid = (x: number): number => Math.floor((x / window.full) * table.grid.length);
  const first = table.pictureOfGrid(grid(window.left - 8));
  const after = grid(window.left + window.width + 8) + 1;
  return [first, after >= table.grid.length ? table.count - 1 : table.pictureOfGrid(after)];
}

function drawRuler(
  context: CanvasRenderingContext2D,
  length: number,
  window: Window,
  colors: Colors,
  x: (grid: number) => number,
): void {
  context.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
  context.fillStyle = colors.text;
  context.textBaseline = "middle";
  for (const frame of ticks(length, window.full)) {
    const at = x(frame);
    if (at < -40) continue;
    if (at > window.width + 40) break;
    const text = String(frame);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.max(1, Math.min(window.width - 2 * half - 1, at - half)), RULER / 2);
    context.fillRect(at, RULER - 4, 1, 4);
  }
}

function drawFilm(context: CanvasRenderingContext2D, table: FrameTable, sheet: Sheet, window: Window): void {
  const { image, columns, width, height, pictures } = sheet;
  const tile = (width / height) * FILM;
  context.globalAlpha = 0.8;
  for (let at = Math.floor(window.left / tile) * tile; at < window.left + window.width; at += tile) {
    const grid = ((at + tile / 2) / window.full) * table.grid.length;
    const picture = table.pictureOfGrid(Math.min(table.grid.length - 1, Math.floor(grid)));
    const n = nearest(pictures, picture);
    const room = Math.min(tile, window.full - at);
    if (room <= 0) continue;
    const sx = (n % columns) * width;
    const sy = Math.floor(n / columns) * height;
    context.drawImage(image, sx, sy, (width * room) / tile, height, at - window.left, RULER, Math.max(0, room - 1), FILM);
  }
  context.globalAlpha = 1;
}

function drawLane(
  context: CanvasRenderingContext2D,
  table: FrameTable,
  lane: Lane,
  top: number,
  window: Window,
  colors: Colors,
  x: (grid: number) => number,
): void {
  const middle = top + LANE / 2;
  const seen = picturesIn(table, window);
  context.fillStyle = colors.lane;
  context.fillRect(0, top + 2, window.width, LANE - 4);
  if (lane.present) {
    hatch(context, 0, middle - 5, window.width, 10, colors.line);
    for (const [start, end] of within(lane.present, seen)) {
      const from = Math.max(0, x(gridPosition(table, start)));
      const to = Math.min(window.width, x(gridPosition(table, end + 1)));
      if (to <= from) continue;
      context.fillStyle = colors.lane;
      context.fillRect(from, middle - 6, to - from, 12);
      context.fillStyle = lane.color;
      context.globalAlpha = lane.active ? 1 : 0.55;
      context.beginPath();
      context.roundRect(from, middle - 5, Math.max(2, to - from - 1), 10, 3);
      context.fill();
      context.globalAlpha = 1;
    }
    for (const [start, end] of within(lane.stale, seen)) {
      const from = Math.max(0, x(gridPosition(table, start)));
      const to = Math.min(window.width, x(gridPosition(table, end + 1)));
      context.fillStyle = colors.lane;
      context.globalAlpha = 0.6;
      if (to > from) context.fillRect(from, middle - 6, to - from, 12);
      context.globalAlpha = 1;
    }
  }
  for (const prompt of lane.prompts) {
    if (prompt.picture < seen[0] || prompt.picture > seen[1]) continue;
    // The first picture's and the last one's diamonds stay whole.
    const at = Math.max(7 - window.left, Math.min(window.full - window.left - 7, x(gridPosition(table, prompt.picture))));
    diamond(context, at, middle, prompt.absent, colors);
  }
}

function hatch(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, color: string): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = x - height; at < x + width; at += 5) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}

function diamond(context: CanvasRenderingContext2D, x: number, y: number, hollow: boolean, colors: Colors): void {
  context.beginPath();
  context.moveTo(x, y - 6);
  context.lineTo(x + 6, y);
  context.lineTo(x, y + 6);
  context.lineTo(x - 6, y);
  context.closePath();
  context.fillStyle = hollow ? colors.lane : colors.diamond;
  context.strokeStyle = hollow ? colors.diamond : colors.lane;
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}

function nearest(sorted: readonly number[], wanted: number): number {
  const after = Math.min(sorted.length - 1, below(sorted, (value) => value < wanted));
  const before = Math.max(0, after - 1);
  return wanted - (sorted[before] ?? 0) <= (sorted[after] ?? 0) - wanted ? before : after;
}
