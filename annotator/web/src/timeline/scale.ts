/** Where on the timeline a frame lies: percent of the zoomed width, so that nothing is measured while it is drawn. */

/** Positions are the left edges of frames; `length` frames fill the whole width. */
export function percentOf(frame: number, length: number): number {
  return length <= 0 ? 0 : (frame / length) * 100;
}

/** The frame under a pointer, `left` and `width` of the track in pixels. */
export function frameAt(clientX: number, left: number, width: number, length: number): number {
  const frame = Math.floor(((clientX - left) / width) * length);
  return Math.max(0, Math.min(length - 1, frame));
}

/** The nearest boundary between frames, 0 to `length`, under a pointer: edges are dragged between frames. */
export function boundaryAt(clientX: number, left: number, width: number, length: number): number {
  const boundary = Math.round(((clientX - left) / width) * length);
  return Math.max(0, Math.min(length, boundary));
}

/** How far the timeline can be zoomed, times the window's width: until a frame is about as wide as a finger. */
export function maxZoom(length: number): number {
  return Math.max(8, Math.min(512, length / 32));
}

const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3000, 6000];

/** Frames to label on the ruler so that labels stand at least `apart` pixels from each other. */
export function ticks(length: number, width: number, apart = 56): number[] {
  const perFrame = width / Math.max(1, length);
  const step = STEPS.find((each) => each * perFrame >= apart) ?? 12_000;
  const out: number[] = [];
  for (let frame = 0; frame < length; frame += step) out.push(frame);
  const last = length - 1;
  const before = out[out.length - 1] ?? 0;
  if (last > before && (last - before) * perFrame >= apart / 2) out.push(last);
  return out;
}

/** "00:02.236" from seconds. */
export function timecode(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = seconds - minutes * 60;
  return `${String(minutes).padStart(2, "0")}:${rest.toFixed(3).padStart(6, "0")}`;
}
