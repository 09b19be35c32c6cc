/** Where the browser keeps what can be undone, so that a page that is loaded again can still undo it. */

import type { SavedHistory } from "./history";

export interface HistoryShelf {
  read(document: string): Promise<SavedHistory | null>;
  /** Keeps a history soon; `get` is asked when it is written, so that fast typing is written once. */
  keep(document: string, get: () => SavedHistory): void;
}

export const forgetfulShelf: HistoryShelf = { read: () => Promise.resolve(null), keep: () => undefined };

interface Row {
  readonly document: string;
  readonly at: number;
  readonly history: SavedHistory;
}

const STORE = "histories";
const WRITE_AFTER_MS = 300;
/** Documents that are kept; older ones are long handed in. */
const KEPT = 40;

/**
 * One database for each person, as the log has. What fails here costs an undo, never an edit, so nothing is told. A page
 * that goes has no time for a database: what it has not written it leaves in the tab's own storage, which answers at once.
 */
export class IndexedShelf implements HistoryShelf {
  private readonly name: string;
  private readonly database: Promise<IDBDatabase>;
  private waiting = new Map<string, () => SavedHistory>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    person: string,
    private readonly tab: Storage = sessionStorage,
  ) {
    this.name = `vidgrain-history-${person}`;
    this.database = open(this.name);
    this.database.then((database) => this.prune(database)).catch(() => undefined);
    addEventListener("pagehide", () => {
      this.leave();
    });
  }

  async read(document: string): Promise<SavedHistory | null> {
    const left = this.left(document);
    if (left) {
      this.keep(document, () => left);
      return left;
    }
    this.write();
    const row = await settled<Row | undefined>((await this.database).transaction(STORE).objectStore(STORE).get(document));
    return row?.history ?? null;
  }

  keep(document: string, get: () => SavedHistory): void {
    this.waiting.set(document, get);
    this.timer ??= setTimeout(() => {
      this.write();
    }, WRITE_AFTER_MS);
  }

  private keyOf(document: string): string {
    return `${this.name}/${document}`;
  }

  private leave(): void {
    for (const [document, get] of this.waiting) {
      try {
        this.tab.setItem(this.keyOf(document), JSON.stringify(get()));
      } catch {
        // No room: the database may still take it.
      }
    }
    this.write();
  }

  /** What a page of this tab left as it went, once. */
  private left(document: string): SavedHistory | null {
    const text = this.tab.getItem(this.keyOf(document));
    this.tab.removeItem(this.keyOf(document));
    return text === null ? null : (JSON.parse(text) as SavedHistory);
  }

  private write(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const rows = [...this.waiting].map(([document, get]): Row => ({ document, at: Date.now(), history: get() }));
    this.waiting = new Map();
    if (rows.length === 0) return;
    this.database
      .then((database) => {
        const writing = database.transaction(STORE, "readwrite");
        for (const row of rows) writing.objectStore(STORE).put(row);
        // A page that went and came back: what it left is no longer the newest.
        writing.oncomplete = () => {
          for (const { document } of rows) this.tab.removeItem(this.keyOf(document));
        };
      })
      .catch(() => undefined);
  }

  private async prune(database: IDBDatabase): Promise<void> {
    const keys = await settled(database.transaction(STORE).objectStore(STORE).index("at").getAllKeys());
    if (keys.length <= KEPT) return;
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    for (const key of keys.slice(0, keys.length - KEPT)) store.delete(key);
  }
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: "document" }).createIndex("at", "at");
  };
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error(request.error?.message ?? "the browser's shelf cannot be opened"));
    };
  });
}
