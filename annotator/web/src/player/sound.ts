/** The film's sound: an audio element beside the worker's pictures, which tells them the time. */

/** Browsers are silent outside of these speeds, and sound backwards nowhere. */
const SLOWEST = 0.25;
const FASTEST = 4;
const TELL_EVERY_MS = 50;
/** Sound that fell this far behind (a slow network) jumps to the pictures, in place of holding them up. */
const LOST = 0.4;
const REMEMBERED = "vidgrain.silent";

export class Sound {
  /** Shows nothing; in the page so that browsers list it among what plays. */
  readonly element: HTMLAudioElement;
  private timer: ReturnType<typeof setInterval> | null = null;

  /** `shown` gives the seconds of the picture on screen; `tell` hears where the sound is, while it plays. */
  constructor(
    url: string,
    private readonly shown: () => number,
    private readonly tell: (seconds: number) => void,
  ) {
    this.element = new Audio();
    this.element.preload = "metadata";
    this.element.src = url;
  }

  static get silent(): boolean {
    return localStorage.getItem(REMEMBERED) === "yes";
  }

  static remember(silent: boolean): void {
    localStorage.setItem(REMEMBERED, silent ? "yes" : "no");
  }

  /** Plays from `seconds` of the film at a speed; nothing is heard at speeds that have no sound. */
  play(seconds: number, rate: number): void {
    if (rate < SLOWEST || rate > FASTEST) {
      this.stop();
      return;
    }
    const { element } = this;
    element.playbackRate = rate;
    element.currentTime = seconds;
    // Without a gesture, or without a codec, the film plays in silence by its own clock. A play that a pause cut off says
    // so late: by then another one may be under way.
    element.play().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.stop();
    });
    this.timer ??= setInterval(() => {
      this.follow();
    }, TELL_EVERY_MS);
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.element.pause();
  }

  close(): void {
    this.stop();
    this.element.removeAttribute("src");
    this.element.load();
  }

  private follow(): void {
    const { element } = this;
    if (element.paused || element.seeking || element.ended || element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return;
    if (this.shown() - element.currentTime > LOST) element.currentTime = this.shown();
    else this.tell(element.currentTime);
  }
}
