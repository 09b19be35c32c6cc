/** The browser's own log of edits (IndexedDB): an edit lies here until the server has acknowledged it. */

import { newId } from "./body";
import type { Loser, Pending } from "./rebase";

export interface LogEntry {
  /** The operation's id. */
  readonly id: string;
  readonly document: string;
  /** Rising within a document, so that replay keeps the order. */
  readonly order: number;
  /** Revision that the document had when the edit was made. */
  readonly revision: number;
  readonly pending: Pending | null;
  readonly loser: Loser | null;
}

export interface OperationLog {
  read(document: string): Promise<LogEntry[]>;
  /** Puts and removes in one transaction, in the order of the calls; resolves when they are safe from a crash. */
  write(puts: readonly LogEntry[], removes: readonly string[]): Promise<void>;
}

const STORE = "operations";

/** One database for each person: two people at one machine never see each other's unsaved edits. */
export class IndexedLog implements OperationLog {
  private readonly database: Promise<IDBDatabase>;
  private readonly tail: Tail;
  private written: Promise<void> = Promise.resolve();

  constructor(person: string) {
    this.database = open(`vidgrain-${person}`);
    this.tail = new Tail(person, localStorage);
  }

  async read(document: string): Promise<LogEntry[]> {
    const database = await this.database;
    for (const [key, changes] of this.tail.left()) {
      await commit(database, changes);
      this.tail.forget(key);
    }
    const index = database.transaction(STORE).objectStore(STORE).index("document");
    const entries = await settled<LogEntry[]>(index.getAll(document));
    return entries.sort((a, b) => a.order - b.order);
  }

  write(puts: readonly LogEntry[], removes: readonly string[]): Promise<void> {
    this.tail.keep([
      ...removes.map((id): Change => [id, null]),
      ...puts.map((entry): Change => [entry.id, entry]),
    ]);
    this.written = this.written.catch(() => undefined).then(() => this.drain());
    return this.written;
  }

  /** Everything that waits, in one transaction: fast typing waits for one write of the disk, not for one a letter. */
  private async drain(): Promise<void> {
    const changes = this.tail.waiting();
    if (changes.length === 0) return;
    await commit(await this.database, changes);
    this.tail.confirm(changes);
  }
}

/** An entry that the log shall hold, or null where it shall hold none. */
export type Change = readonly [id: string, entry: LogEntry | null];

/**
 * Changes that IndexedDB has not confirmed yet, one copy of them for each page in `localStorage`, which is written before
 * the keystroke returns: a page that goes in mid-word loses not a letter. The next page that reads the log takes them over.
 */
export class Tail {
  private readonly prefix: string;
  private readonly key: string;
  private readonly changes = new Map<string, Change>();

  constructor(
    person: string,
    private readonly storage: Storage,
  ) {
    this.prefix = `vidgrain-tail-${person}-`;
    this.key = this.prefix + newId();
  }

  keep(changes: readonly Change[]): void {
    for (const change of changes) this.changes.set(change[0], change);
    this.store();
  }

  waiting(): Change[] {
    return [...this.changes.values()];
  }

  confirm(changes: readonly Change[]): void {
    for (const change of changes) {
      if (this.changes.get(change[0]) === change) this.changes.delete(change[0]);
    }
    this.store();
  }

  /** What other pages of this person left, by key. A page that is still open loses nothing: it writes its own again. */
  left(): [key: string, changes: Change[]][] {
    const keys = Object.keys(this.storage).filter((key) => key.startsWith(this.prefix) && key !== this.key);
    return keys.map((key) => [key, JSON.parse(this.storage.getItem(key) ?? "[]") as Change[]]);
  }

  forget(key: string): void {
    this.storage.removeItem(key);
  }

  private store(): void {
    try {
      if (this.changes.size === 0) this.storage.removeItem(this.key);
      else this.storage.setItem(this.key, JSON.stringify(this.waiting()));
    } catch {
      // Full or forbidden: IndexedDB gets the edit all the same, some milliseconds later.
    }
  }
}

function commit(database: IDBDatabase, changes: readonly Change[]): Promise<void> {
  const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
  const store = transaction.objectStore(STORE);
  for (const [id, entry] of changes) {
    if (entry) store.put(entry);
    else store.delete(id);
  }
  return new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => { resolve(); };
    transaction.onabort = () => { reject(new Error(transaction.error?.message ?? "the browser's log refused")); };
  });
}

/** Where the browser forbids IndexedDB (some private windows): lasts as long as the page. */
export class MemoryLog implements OperationLog {
  private readonly entries = new Map<string, LogEntry>();

  read(document: string): Promise<LogEntry[]> {
    const own = [...this.entries.values()].filter((entry) => entry.document === document);
    return Promise.resolve(own.sort((a, b) => a.order - b.order));
  }

  write(puts: readonly LogEntry[], removes: readonly string[]): Promise<void> {
    for (const id of removes) this.entries.delete(id);
    for (const entry of puts) this.entries.set(entry.id, entry);
    return Promise.resolve();
  }
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: "id" }).createIndex("document", "document");
  };
  return settled<IDBDatabase>(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => { resolve(request.result); };
    request.onerror = () => { reject(new Error(request.error?.message ?? "the browser's log cannot be opened")); };
  });
}
