/** The browser's own log of edits (IndexedDB): an edit lies here until the server has acknowledged it. */

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
  /** Puts and removes in one transaction. */
  write(puts: readonly LogEntry[], removes: readonly string[]): Promise<void>;
}

const STORE = "operations";

/** One database for each person: two people at one machine never see each other's unsaved edits. */
export class IndexedLog implements OperationLog {
  private readonly database: Promise<IDBDatabase>;

  constructor(person: string) {
    this.database = open(`vidgrain-${person}`);
  }

  async read(document: string): Promise<LogEntry[]> {
    const database = await this.database;
    const index = database.transaction(STORE).objectStore(STORE).index("document");
    const entries = await settled<LogEntry[]>(index.getAll(document));
    return entries.sort((a, b) => a.order - b.order);
  }

  async write(puts: readonly LogEntry[], removes: readonly string[]): Promise<void> {
    const database = await this.database;
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    const store = transaction.objectStore(STORE);
    for (const id of removes) store.delete(id);
    for (const entry of puts) store.put(entry);
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => { resolve(); };
      transaction.onabort = () => { reject(new Error(transaction.error?.message ?? "the browser's log refused")); };
    });
  }
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
