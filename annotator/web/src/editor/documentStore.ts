/** A document being edited: shows edits at once, saves them within a second, and keeps each until it is acknowledged. */

import { createStore, type StoreApi } from "zustand/vanilla";

import { apply, applyAll, difference, EMPTY_BODY, newId, recordOf, type Body, type Operation } from "./body";
import { History } from "./history";
import { joined } from "./joining";
import type { LogEntry, OperationLog } from "./log";
import { forgetfulShelf, type HistoryShelf } from "./shelf";
import { rebase, type Loser, type Pending } from "./rebase";

export interface Problem {
  readonly field: string;
  readonly code: string;
  readonly message: string;
  readonly severity: "error" | "warning";
}

export interface Loaded {
  readonly id: string;
  readonly revision: number;
  readonly body: Body;
  readonly problems: readonly Problem[];
  readonly read_only: boolean;
}

/** What the server said to a save. `refused` names why the edit itself is not acceptable. */
export type Answer =
  | { readonly kind: "saved"; readonly revision: number; readonly problems: readonly Problem[] }
  | { readonly kind: "conflict"; readonly revision: number; readonly body: Body; readonly since: readonly Operation[] }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "signed-out" }
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "unreachable" };

export interface Transport {
  save(document: string, revision: number, operations: readonly Operation[]): Promise<Answer>;
}

export type SaveStatus = "saved" | "waiting" | "saving" | "offline" | "signed-out" | "forbidden";

export interface DocumentState {
  readonly body: Body;
  readonly revision: number;
  readonly problems: readonly Problem[];
  readonly readOnly: boolean;
  readonly status: SaveStatus;
  readonly message: string | null;
  readonly unsaved: number;
  readonly losers: readonly Loser[];
  readonly undoLabel: string | null;
  readonly redoLabel: string | null;
}

const SAVE_AFTER_MS = 400;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
const BATCH = 100;

export class DocumentStore {
  readonly state: StoreApi<DocumentState>;
  private readonly history = new History();
  private baseBody: Body;
  private revision: number;
  private pending: Pending[] = [];
  /** Operations that may have reached the server, acknowledged or not: never replaced by a newer one. */
  private readonly sent = new Set<string>();
  private order = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private saving: Promise<void> | null = null;
  private failures = 0;
  private oneByOne = false;
  private writes: Promise<void> = Promise.resolve();
  private closed = false;

  private constructor(
    readonly id: string,
    loaded: Loaded,
    private readonly transport: Transport,
    private readonly log: OperationLog,
    private readonly shelf: HistoryShelf,
  ) {
    this.baseBody = complete(loaded.body);
    this.revision = loaded.revision;
    this.state = createStore<DocumentState>(() => ({
      body: this.baseBody,
      revision: loaded.revision,
      problems: loaded.problems,
      readOnly: loaded.read_only,
      status: "saved",
      message: null,
      unsaved: 0,
      losers: [],
      undoLabel: null,
      redoLabel: null,
    }));
  }

  /** Opens a document and replays what the browser still holds for it. */
  static async open(
    loaded: Loaded,
    transport: Transport,
    log: OperationLog,
    shelf: HistoryShelf = forgetfulShelf,
  ): Promise<DocumentStore> {
    const store = new DocumentStore(loaded.id, loaded, transport, log, shelf);
    const entries = await log.read(loaded.id);
    store.replay(entries);
    const kept = await shelf.read(loaded.id).catch(() => null);
    if (kept && !loaded.read_only && store.history.restore(kept, store.body)) store.showHistory();
    return store;
  }

  get body(): Body {
    return this.state.getState().body;
  }

  /**
   * Changes the document. Edits in a row with the same `mergeKey` are one step of undo; a `mergeKey` of null is a step.
   * Returns false when nothing changed.
   */
  edit(label: string, change: (body: Body) => Body, mergeKey: string | null = null): boolean {
    if (this.state.getState().readOnly) return false;
    const before = this.body;
    const operations = difference(before, change(before));
    if (operations.length === 0) return false;
    this.history.record(before, operations, label, mergeKey, Date.now());
    this.add(operations);
    return true;
  }

  /** The next edit is a step of its own. */
  seal(): void {
    this.history.seal();
  }

  undo(): void {
    this.add(this.history.undo());
  }

  redo(): void {
    this.add(this.history.redo());
  }

  private showHistory(): void {
    this.state.setState({ undoLabel: this.history.undoLabel, redoLabel: this.history.redoLabel });
  }

  /** Puts a lost edit on top again. It is given up only where the document has it then. */
  reclaim(loser: Loser): void {
    if (this.state.getState().readOnly) return;
    const { operation } = loser;
    this.edit("reclaim", (body) => apply(body, operation));
    this.dismiss(loser);
  }

  /** Keeps what stands there with the words of the lost edit after its own; where nothing stands any more, those alone. */
  keepBoth(loser: Loser): void {
    const { collection, record_id } = loser.operation;
    if (!recordOf(this.body, collection, record_id)) {
      this.reclaim(loser);
      return;
    }
    if (this.edit("reclaim", (body) => joined(body, loser))) this.dismiss(loser);
  }

  dismiss(loser: Loser): void {
    this.state.setState((state) => ({ losers: state.losers.filter((each) => each !== loser) }));
    this.writeLog([], [loser.operation.id]);
  }

  /** Saves at once; resolves when everything is acknowledged, or saving had to stop. Submit waits for this. */
  async flush(): Promise<boolean> {
    await this.writes;
    while (this.pending.length > 0 && !this.closed) {
      await this.save();
      const { status } = this.state.getState();
      if (status !== "saving" && status !== "waiting" && status !== "saved") return false;
    }
    return this.pending.length === 0;
  }

  /** Tries again at once: after a log-in, or when the network is back. */
  resume(): void {
    this.failures = 0;
    if (this.pending.length === 0) this.publish("saved");
    else this.schedule(0);
  }

  close(): void {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private replay(entries: readonly LogEntry[]): void {
    const losers = entries.flatMap((entry) => entry.loser ?? []);
    this.pending = entries.flatMap((entry) => entry.pending ?? []);
    for (const { operation } of this.pending) this.sent.add(operation.id);
    this.order = Math.max(0, ...entries.map((entry) => entry.order + 1));
    this.state.setState({ losers });
    if (this.pending.length === 0) return;
    // The revision these edits were made on: the server answers 412 with what came since, and they are rebased.
    const revision = Math.min(...entries.flatMap((entry) => (entry.pending ? entry.revision : [])));
    this.revision = Math.min(this.revision, revision);
    this.publish("waiting");
    this.schedule(0);
  }

  private add(operations: readonly Operation[]): void {
    if (operations.length === 0) return;
    let body = this.body;
    const entries: LogEntry[] = [];
    const replaced: string[] = [];
    for (const operation of operations) {
      const known = this.pending.findIndex((each) => this.isReplacedBy(each, operation));
      const earlier = known >= 0 ? this.pending.splice(known, 1)[0] : undefined;
      if (earlier) replaced.push(earlier.operation.id);
      const before = earlier ? earlier.before : recordOf(body, operation.collection, operation.record_id);
      const pending = { operation, before };
      body = apply(body, operation);
      this.pending.push(pending);
      entries.push(this.entryOf(operation.id, pending, null));
    }
    this.writeLog(entries, replaced);
    this.shelf.keep(this.id, () => this.history.saved());
    this.publish("waiting");
    this.schedule(SAVE_AFTER_MS);
  }

  /** A drag or a stretch of typing puts the same record again and again: only the newest has to travel. */
  private isReplacedBy(pending: Pending, operation: Operation): boolean {
    const older = pending.operation;
    return (
      older.verb === "put" &&
      operation.verb === "put" &&
      older.collection === operation.collection &&
      older.record_id === operation.record_id &&
      !this.sent.has(older.id)
    );
  }

  private entryOf(id: string, pending: Pending | null, loser: Loser | null): LogEntry {
    return { id, document: this.id, order: this.order++, revision: this.revision, pending, loser };
  }

  private schedule(delay: number): void {
    if (this.closed || (this.timer && delay > 0)) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.save();
    }, delay);
  }

  private save(): Promise<void> {
    if (this.saving) return this.saving;
    this.saving = this.saveOnce().finally(() => {
      this.saving = null;
      const { status } = this.state.getState();
      if (this.pending.length > 0 && (status === "waiting" || status === "saving")) this.schedule(SAVE_AFTER_MS);
    });
    return this.saving;
  }

  private async saveOnce(): Promise<void> {
    const batch = this.pending.slice(0, this.oneByOne ? 1 : BATCH);
    if (batch.length === 0 || this.closed) return;
    this.publish("saving");
    const operations = batch.map((pending) => pending.operation);
    for (const operation of operations) this.sent.add(operation.id);
    const answer = await this.transport.save(this.id, this.revision, operations);
    switch (answer.kind) {
      case "saved":
        this.acknowledge(operations, answer.revision, answer.problems);
        break;
      case "conflict":
        this.takeOver(answer);
        break;
      case "refused":
        this.refuse(batch, answer.message);
        break;
      case "signed-out":
        this.publish("signed-out");
        break;
      case "forbidden":
        this.publish("forbidden", answer.message);
        break;
      case "unreachable":
        this.publish("offline");
        this.schedule(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? 15000);
        this.failures += 1;
        break;
      default:
        answer satisfies never;
    }
  }

  private acknowledge(operations: readonly Operation[], revision: number, problems: readonly Problem[]): void {
    const done = new Set(operations.map((operation) => operation.id));
    this.failures = 0;
    this.oneByOne = false;
    this.baseBody = applyAll(this.baseBody, operations);
    this.revision = revision;
    this.pending = this.pending.filter((pending) => !done.has(pending.operation.id));
    this.writeLog([], [...done]);
    this.state.setState({ problems });
    this.publish(this.pending.length === 0 ? "saved" : "waiting");
  }

  private takeOver(answer: Extract<Answer, { kind: "conflict" }>): void {
    const before = this.pending.map((pending) => pending.operation.id);
    const { pending, losers } = rebase(this.pending, answer.since);
    this.baseBody = complete(answer.body);
    this.revision = answer.revision;
    this.pending = pending;
    const kept = losers.map((loser) => ({ ...loser, operation: { ...loser.operation, id: newId() } }));
    const entries = [
      ...pending.map((each) => this.entryOf(each.operation.id, each, null)),
      ...kept.map((loser) => this.entryOf(loser.operation.id, null, loser)),
    ];
    this.writeLog(entries, before);
    this.state.setState((state) => ({ losers: [...state.losers, ...kept] }));
    this.publish(pending.length === 0 ? "saved" : "waiting");
  }

  /** One refused edit must not hold up the others: they are sent one by one, and the refused one is kept aside. */
  private refuse(batch: readonly Pending[], why: string): void {
    const [first] = batch;
    if (batch.length > 1 || !first) {
      this.oneByOne = true;
      this.publish("waiting");
      return;
    }
    const { operation } = first;
    const loser: Loser = { operation, theirs: recordOf(this.baseBody, operation.collection, operation.record_id), why };
    this.pending = this.pending.filter((pending) => pending !== first);
    this.writeLog([this.entryOf(operation.id, null, loser)], []);
    this.state.setState((state) => ({ losers: [...state.losers, loser] }));
    this.publish(this.pending.length === 0 ? "saved" : "waiting");
  }

  private publish(status: SaveStatus, message: string | null = null): void {
    this.state.setState({
      body: applyAll(this.baseBody, this.pending.map((pending) => pending.operation)),
      revision: this.revision,
      status,
      message,
      unsaved: this.pending.length,
      undoLabel: this.history.undoLabel,
      redoLabel: this.history.redoLabel,
    });
  }

  private writeLog(puts: readonly LogEntry[], removes: readonly string[]): void {
    this.writes = this.log.write(puts, removes).catch((error: unknown) => {
      // The edit still goes to the server; only a crash before that would lose it. Say so where it can be read.
      console.error("The browser's log of edits could not be written.", error);
    });
  }
}

/** Fills collections that a body on the wire leaves out. */
function complete(body: Partial<Body>): Body {
  return { ...EMPTY_BODY, ...body };
}
