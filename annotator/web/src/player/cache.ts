/** Decoded pictures, copied out of the decoder, bounded by bytes; the one used longest ago goes first. */

export interface Sized {
  readonly bytes: number;
}

export class PictureCache<T extends Sized> {
  private readonly entries = new Map<number, T>();
  private held = 0;

  constructor(
    readonly limit: number,
    private readonly dispose: (entry: T) => void = () => undefined,
  ) {}

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.entries.size;
  }

  has(picture: number): boolean {
    return this.entries.has(picture);
  }

  /** The entry, and marks it as just used. */
  get(picture: number): T | undefined {
    const entry = this.entries.get(picture);
    if (entry) {
      this.entries.delete(picture);
      this.entries.set(picture, entry);
    }
    return entry;
  }

  put(picture: number, entry: T): void {
    this.remove(picture);
    this.entries.set(picture, entry);
    this.held += entry.bytes;
    for (const [oldest] of this.entries) {
      if (this.held <= this.limit || oldest === picture) break;
      this.remove(oldest);
    }
  }

  clear(): void {
    for (const picture of [...this.entries.keys()]) this.remove(picture);
  }

  private remove(picture: number): void {
    const entry = this.entries.get(picture);
    if (!entry) return;
    this.entries.delete(picture);
    this.held -= entry.bytes;
    this.dispose(entry);
  }
}
