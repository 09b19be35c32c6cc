/** The two canvases of the scene inside the worker: a picture and its masks are painted in one task, so never tear. */

import type { PictureSource } from "../player/pictureSource";
import type { MaskStore } from "./maskStore";
import { clustersOf, inkOf, paintLayers, type Layer } from "./paint";
import type { PixelBox } from "./rle";

interface Candidate {
  readonly subject: string;
  readonly picture: number;
  readonly counts: string;
  readonly color: string;
}

export class Stage {
  private readonly picture: OffscreenCanvasRenderingContext2D;
  private readonly overlay: OffscreenCanvasRenderingContext2D;
  private painted: readonly PixelBox[] = [];
  private candidate: Candidate | null = null;

  constructor(
    picture: OffscreenCanvas,
    overlay: OffscreenCanvas,
    private readonly masks: MaskStore,
  ) {
    this.picture = contextOf(picture, { alpha: false });
    this.overlay = contextOf(overlay, { willReadFrequently: true });
  }

  setCandidate(candidate: Candidate | null): void {
    this.candidate = candidate;
  }

  paint(picture: number, source: PictureSource): void {
    source.draw(picture, this.picture);
    this.paintMasks(picture);
  }

  /** Pixels of a film that plays by itself, with the masks of the picture that they are about. */
  paintPreview(picture: number, bitmap: ImageBitmap): void {
    const { canvas } = this.picture;
    this.picture.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    this.paintMasks(picture);
  }

  private paintMasks(picture: number): void {
    const candidate = this.candidateLayer(picture);
    // In place of the subject's own mask: what is erased must not be seen below it.
    const layers = this.masks.layers(picture, candidate ? (this.candidate?.subject ?? null) : null);
    if (candidate) layers.push(candidate);
    const clusters = clustersOf(layers);
    for (const { x1, y1, x2, y2 } of this.painted) this.overlay.clearRect(x1, y1, x2 - x1, y2 - y1);
    this.painted = clusters.map((cluster) => cluster.box);
    for (const { box, layers: own } of clusters) {
      const image = new ImageData(box.x2 - box.x1, box.y2 - box.y1);
      paintLayers(image.data, box, own);
      this.overlay.putImageData(image, box.x1, box.y1);
    }
  }

  private candidateLayer(picture: number): Layer | null {
    if (this.candidate?.picture !== picture) return null;
    const mask = this.masks.parse(this.candidate.counts);
    return mask && { mask, ink: inkOf(this.candidate.color) };
  }
}

function contextOf(canvas: OffscreenCanvas, settings: CanvasRenderingContext2DSettings): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser gives no 2D canvas.");
  return context;
}
