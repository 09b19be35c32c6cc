/** Where the browser keeps what can be undone, so that a page that is loaded again can still undo it. */

import { newId } from "./body";
import type { SavedHistory, Step } from "./history";
import { changesOf, type Known } from "./shelved";

export interface HistoryShelf {
  read(document: string): Promise<SavedHistory | null>;
  /** Keeps a history soon; `get` is asked when it is written, so that fast typing is written once. */
  keep(document: string, get: () => SavedHistory): void;
}

export const forgetfulShelf: HistoryShelf = { read: () => Promise.resolve(null), keep: () => undefined };

/** Of a document: the numbers of its steps in their order, and who wrote them. */
interface Head {
  readonly document: string;
  readonly at: number;
  readonly writer: string;
  /** Of its writer: rises with each write. */
  readonly turn: number;
  readonly past: readonly number[];
  readonly future: readonly number[];
}

interface StepRow {
  readonly document: string;
  readonly number: number;
  readonly step: Step;
}

const HEADS = "heads";
const STEPS = "steps";
const WRITE_AFTER_MS = 300;
/** Documents that are kept; older ones are long handed in. */
const KEPT = 40;

/**
 * One database for each person, as the log has; a row for each step, so that an edit writes its own step and not the five
 * hundred before it. What fails here costs an undo, never an edit, so nothing is told. A page that goes has no time for a
 * database: what it has not written it leaves in the tab's own storage, which answers at once.
 */
export class IndexedShelf implements HistoryShelf {
  private readonly name: string;
  private readonly writer = newId();
  private readonly database: Promise<IDBDatabase>;
  private readonly known = new Map<string, Known>();
  private waiting = new Map<string, () => SavedHistory>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    person: string,
    private readonly tab: Storage = sessionStorage,
  ) {
    this.name = `vidgrain-history-${person}`;
    this.database = open(`vidgrain-steps-${person}`);
    this.database
      .then((database) => {
        // Of before there was a row for each step.
        indexedDB.deleteDatabase(this.name);
        return this.prune(database);
      })
      .catch(() => undefined);
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
    const reading = (await this.database).transaction([HEADS, STEPS]);
    const [head, rows] = await Promise.all([
      settled<Head | undefined>(reading.objectStore(HEADS).get(document)),
      settled<StepRow[]>(reading.objectStore(STEPS).getAll(stepsOf(document))),
    ]);
    if (!head) return null;
    const steps = new Map(rows.map(({ number, step }) => [number, step]));
    const listed = (numbers: readonly number[]): Step[] => numbers.flatMap((number) => steps.get(number) ?? []);
    const saved = { past: listed(head.past), future: listed(head.future) };
    return saved.past.length + saved.future.length === head.past.length + head.future.length ? saved : null;
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
    const histories = [...this.waiting].map(([document, get]) => [document, get()] as const);
    this.waiting = new Map();
    if (histories.length === 0) return;
    this.database
      .then((database) => {
        const writing = database.transaction([HEADS, STEPS], "readwrite");
        for (const [document, history] of histories) this.writeOne(writing, document, history);
        // A page that went and came back: what it left is no longer the newest.
        writing.oncomplete = () => {
          for (const [document] of histories) this.tab.removeItem(this.keyOf(document));
        };
      })
      .catch(() => undefined);
  }

  /**
   * What is new since this page's last write, where that is what lies there; everything, where another page has written
   * since, or that write came to nothing. A transaction looks and writes at once, so no two pages' steps are ever mixed.
   */
  private writeOne(writing: IDBTransaction, document: string, history: SavedHistory): void {
    const [heads, steps] = [writing.objectStore(HEADS), writing.objectStore(STEPS)];
    const asking: IDBRequest<Head | undefined> = heads.get(document);
    asking.onsuccess = () => {
      const there = asking.result;
      const mine = this.known.get(document);
      const goesOn = mine !== undefined && there?.writer === this.writer && there.turn === mine.turn;
      if (!goesOn) steps.delete(stepsOf(document));
      const { puts, removes, past, future, known } = changesOf(goesOn ? mine : null, history);
      for (const number of removes) steps.delete([document, number]);
      for (const [number, step] of puts) steps.put({ document, number, step } satisfies StepRow);
      heads.put({ document, at: Date.now(), writer: this.writer, turn: known.turn, past, future } satisfies Head);
      this.known.set(document, known);
    };
  }

  private async prune(database: IDBDatabase): Promise<void> {
    const keys = await settled(database.transaction(HEADS).objectStore(HEADS).index("at").getAllKeys());
    if (keys.length <= KEPT) return;
    const writing = database.transaction([HEADS, STEPS], "readwrite");
    for (const key of keys.slice(0, keys.length - KEPT)) {
      writing.objectStore(HEADS).delete(key);
      writing.objectStore(STEPS).delete(stepsOf(String(key)));
    }
  }
}

/** The keys of a document's steps. */
function stepsOf(document: string): IDBKeyRange {
  return IDBKeyRange.bound([document, 0], [document, Number.MAX_SAFE_INTEGER]);
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(HEADS, { keyPath: "document" }).createIndex("at", "at");
    request.result.createObjectStore(STEPS, { keyPath: ["document", "number"] });
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
