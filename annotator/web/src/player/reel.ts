/**
 * The browser's own player of the film, where it has no WebCodecs: exact while it stands, a preview while it plays.
 *
 * A picture is sought by the middle of its time, because a seek to its very beginning shows the one before in many
 * cases, and counts only when the browser says that it presents that picture (`requestVideoFrameCallback`). While the
 * element plays, what it shows may already be the next picture when its pixels are copied: such a copy is a preview.
 */

import type { FrameTable, Picture } from "./frameTable";

/** Of a seek, a lost connection included; then the picture can be asked for again. */
const PATIENCE_MS = 5000;
const TRIES = 3;

interface Asked {
  readonly picture: Picture;
  resolve(bitmap: ImageBitmap): void;
  reject(error: Error): void;
}

export interface Preview {
  /** Loop over these pictures, end inclusive. */
  readonly loop: readonly [Picture, Picture] | null;
  /** A picture of the playing film; it may be one off. */
  seen(picture: Picture, bitmap: ImageBitmap): void;
  /** The film has ended, or cannot be played (`message`). */
  ended(message: string | null): void;
}

export class Reel {
  readonly element: HTMLVideoElement;
  private asked: Asked | null = null;
  private served: Promise<void> | null = null;
  private preview: Preview | null = null;
  /** The picture that the standing element presents, as it said itself; -1 where that is not known. */
  private at: Picture = -1;
  private frame = 0;
  private copying = false;

  /** Throws where the browser does not tell which picture it presents. */
  constructor(
    url: string,
    private readonly table: FrameTable,
  ) {
    if (!("requestVideoFrameCallback" in HTMLVideoElement.prototype)) {
      throw new Error("This browser's player does not tell which picture it shows.");
    }
    this.element = document.createElement("video");
    this.element.preload = "auto";
    this.element.muted = true;
    this.element.playsInline = true;
    this.element.setAttribute("aria-hidden", "true");
    this.element.addEventListener("ended", () => {
      this.end();
    });
    this.element.src = url;
  }

  get playing(): boolean {
    return this.preview !== null;
  }

  /** The exact pixels of a picture. A later call replaces an earlier one, which rejects; while the film plays, it waits. */
  picture(picture: Picture): Promise<ImageBitmap> {
    this.asked?.reject(new Error("Another picture was asked for."));
    return new Promise((resolve, reject) => {
      this.asked = { picture, resolve, reject };
      this.serve();
    });
  }

  /** Plays from a picture on; called while it plays, only speed and loop change. */
  play(from: Picture, rate: number, preview: Preview): void {
    const running = this.playing;
    this.preview = preview;
    this.element.playbackRate = rate;
    if (!running) void this.begin(from);
  }

  pause(): void {
    if (!this.preview) return;
    this.preview = null;
    this.element.pause();
    this.element.cancelVideoFrameCallback(this.frame);
    this.at = -1;
    this.serve();
  }

  close(): void {
    this.pause();
    this.asked?.reject(new Error("The player was closed."));
    this.asked = null;
    this.element.removeAttribute("src");
    this.element.load();
  }

  private serve(): void {
    this.served ??= this.answer().finally(() => {
      this.served = null;
      // Asked for, or paused, between the last look and now.
      if (this.asked && !this.preview) this.serve();
    });
  }

  private async answer(): Promise<void> {
    while (this.asked && !this.preview) {
      const { asked } = this;
      try {
        const bitmap = await this.still(asked);
        if (this.asked === asked) this.asked = null;
        asked.resolve(bitmap);
      } catch (error) {
        if (this.asked === asked) this.asked = null;
        asked.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  private async still(asked: Asked): Promise<ImageBitmap> {
    const { picture } = asked;
    for (let tries = 0; tries < TRIES && this.asked === asked; tries += 1) {
      if (this.at !== picture) this.at = await this.seek(picture);
      if (this.at === picture) return createImageBitmap(this.element);
    }
    throw new Error(`The browser's player showed picture ${this.at} in place of ${picture}.`);
  }

  /** Goes to the middle of a picture; resolves with the one that the element says it presents then. */
  private seek(picture: Picture): Promise<Picture> {
    const { element } = this;
    return new Promise((resolve, reject) => {
      let presented: Picture = -1;
      let frame = 0;
      const finish = (): void => {
        clearTimeout(timer);
        element.cancelVideoFrameCallback(frame);
        element.removeEventListener("error", finish);
        element.removeEventListener("seeked", check);
        element.removeEventListener("canplay", check);
        if (presented >= 0) resolve(presented);
        else reject(new Error(element.error?.message || "The browser's player did not come to the picture in time."));
      };
      const timer = setTimeout(finish, PATIENCE_MS);
      // Browsers differ in what comes first: the end of the seek, or the word that the picture is presented.
      const check = (): void => {
        if (presented === picture && !element.seeking && element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) finish();
      };
      const look: VideoFrameRequestCallback = (_now, { mediaTime }) => {
        presented = this.pictureOf(mediaTime);
        check();
        // A picture of before may still be on its way to the screen.
        if (presented !== picture) frame = element.requestVideoFrameCallback(look);
      };
      if (element.error) finish();
      element.addEventListener("error", finish);
      element.addEventListener("seeked", check);
      element.addEventListener("canplay", check);
      frame = element.requestVideoFrameCallback(look);
      element.currentTime = this.table.middle(picture);
    });
  }

  private async begin(from: Picture): Promise<void> {
    await this.served;
    if (!this.preview) return;
    if (this.at !== from) this.element.currentTime = this.table.middle(from);
    this.at = -1;
    this.frame = this.element.requestVideoFrameCallback(this.look);
    try {
      await this.element.play();
    } catch (error) {
      // A pause that came meanwhile is no failure.
      const preview = this.current();
      if (preview && !(error instanceof DOMException && error.name === "AbortError")) {
        this.pause();
        preview.ended(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private current(): Preview | null {
    return this.preview;
  }

  private readonly look: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    const { preview, element } = this;
    if (!preview) return;
    this.frame = element.requestVideoFrameCallback(this.look);
    const picture = this.pictureOf(mediaTime);
    if (preview.loop && (picture < preview.loop[0] || picture > preview.loop[1])) {
      if (!element.seeking) element.currentTime = this.table.middle(preview.loop[0]);
      return;
    }
    if (!this.copying) void this.copy(picture, preview);
  };

  private async copy(picture: Picture, preview: Preview): Promise<void> {
    this.copying = true;
    try {
      const bitmap = await createImageBitmap(this.element);
      if (this.preview === preview) preview.seen(picture, bitmap);
      else bitmap.close();
    } catch {
      // The element has no picture at this moment: the next one comes.
    } finally {
      this.copying = false;
    }
  }

  private end(): void {
    const { preview } = this;
    if (!preview) return;
    if (preview.loop) {
      this.element.currentTime = this.table.middle(preview.loop[0]);
      void this.element.play();
    } else {
      this.pause();
      preview.ended(null);
    }
  }

  private pictureOf(mediaTime: number): Picture {
    return this.table.pictureAt(mediaTime + this.table.tick / 2);
  }
}
