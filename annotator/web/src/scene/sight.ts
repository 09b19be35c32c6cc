/** How much of the picture is seen: its scale and shift. Looked at by the scene, changed by wheel, drag, keys and buttons. */

import { createStore, type StoreApi } from "zustand/vanilla";

/** `x` and `y` shift the picture's middle from the scene's, in CSS pixels. */
export interface Sight {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A place of the scene, from its middle, in CSS pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Sight = { scale: 1, x: 0, y: 0 };
export const MAX_SCALE = 16;
const MIDDLE: Place = { x: 0, y: 0 };

/** Zooms by `factor` so that what lies at `at` stays there. */
export function zoomed(sight: Sight, factor: number, at: Place = MIDDLE): Sight {
  const scale = Math.max(1, Math.min(MAX_SCALE, sight.scale * factor));
  if (scale < 1.001) return WHOLE;
  const by = scale / sight.scale;
  return { scale, x: at.x - (at.x - sight.x) * by, y: at.y - (at.y - sight.y) * by };
}

/** Shifts by CSS pixels. */
export function shifted(sight: Sight, x: number, y: number): Sight {
  return sight.scale === 1 ? sight : { ...sight, x: sight.x + x, y: sight.y + y };
}

/** Keeps the picture over the scene's middle: it can not be lost outside. `picture` is its size at scale 1. */
export function kept(sight: Sight, picture: Size): Sight {
  const [most_x, most_y] = [(picture.width * sight.scale) / 2, (picture.height * sight.scale) / 2];
  return {
    scale: sight.scale,
    x: Math.max(-most_x, Math.min(most_x, sight.x)),
    y: Math.max(-most_y, Math.min(most_y, sight.y)),
  };
}

/** Steps of a wheel in lines or pages count as so many pixels. */
const WHEEL_PIXELS = [1, 16, 400];

/** The factor of a turn of the wheel: the same on a mouse's notches and a touchpad's pixels, never a leap. */
export function wheelFactor(event: { readonly deltaY: number; readonly deltaMode: number }): number {
  const pixels = event.deltaY * (WHEEL_PIXELS[event.deltaMode] ?? 1);
  return Math.exp(-Math.max(-120, Math.min(120, pixels)) / 400);
}

export function createSight(): StoreApi<Sight> {
  return createStore<Sight>(() => WHOLE);
}
