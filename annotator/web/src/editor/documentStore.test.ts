/** The document store against a small server that keeps revisions and acknowledges repeated operations, as ours does. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { applyAll, EMPTY_BODY, eventsOf, newId, type AnswerRecord, type Body, type Operation } from "./body";
import { DocumentStore, type Answer, type Transport } from "./documentStore";
import { MemoryLog } from "./log";

class Server implements Transport {
  body: Body = EMPTY_BODY;
  revision = 0;
  history: { revision: number; operation: Operation }[] = [];
  down: Answer | null = null;
  /** The server gets the next save, but its answer is lost on the way. */
  loseAnswer = false;
  calls = 0;

  save(_document: string, revision: number, operations: readonly Operation[]): Promise<Answer> {
    this.calls += 1;
    if (this.down) return Promise.resolve(this.down);
    if (revision !== this.revision) {
      const since = this.history.filter((each) => each.revision > revision).map((each) => each.operation);
      return Promise.resolve({ kind: "conflict", revision: this.revision, body: this.body, since });
    }
    const refused = operations.find((operation) => JSON.stringify(operation.record).includes("forbidden"));
    if (refused) return Promise.resolve({ kind: "refused", message: "not this" });
    this.commit(operations);
    if (this.loseAnswer) {
      this.loseAnswer = false;
      return Promise.resolve({ kind: "unreachable" });
    }
    return Promise.resolve({ kind: "saved", revision: this.revision, problems: [] });
  }

  commit(operations: readonly Operation[]): void {
    const known = new Set(this.history.map((each) => each.operation.id));
    const fresh = operations.filter((operation) => !known.has(operation.id));
    if (fresh.length === 0) return;
    this.revision += 1;
    this.body = applyAll(this.body, fresh);
    this.history.push(...fresh.map((operation) => ({ revision: this.revision, operation })));
  }
}

const loaded = (server: Server) => ({ id: "d", revision: server.revision, body: server.body, problems: [], read_only: false });

function put(id: string, start: number, caption: string): Operation {
  const record = { id, grid_start: start, grid_end: start + 4, caption };
  return { id: newId(), verb: "put", collection: "events", record_id: id, record };
}

function write(store: DocumentStore, id: string, start: number, caption: string, mergeKey: string | null = null): void {
  store.edit("edit", (body) => applyAll(body, [put(id, start, caption)]), mergeKey);
}

const captions = (body: Body): string[] => eventsOf(body).map((event) => event.caption);

let server: Server;
let log: MemoryLog;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  log = new MemoryLog();
});

afterEach(() => {
  vi.useRealTimers();
});

const open = (): Promise<DocumentStore> => DocumentStore.open(loaded(server), server, log);
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test("an edit shows at once, is in the log before it travels, and is saved within a second", async () => {
  const store = await open();
  write(store, "a", 0, "Runs.");
  expect(captions(store.body)).toEqual(["Runs."]);
  await Promise.resolve();
  expect(await log.read("d")).toHaveLength(1);
  await pass(1000);
  expect(captions(server.body)).toEqual(["Runs."]);
  expect(store.state.getState()).toMatchObject({ status: "saved", unsaved: 0, revision: 1 });
  expect(await log.read("d")).toEqual([]);
});

test("typing travels as its newest state, not letter by letter", async () => {
  const store = await open();
  for (const text of ["R", "Ru", "Run", "Runs."]) write(store, "a", 0, text, "caption:a");
  await pass(1000);
  expect(server.history).toHaveLength(1);
  store.undo();
  expect(captions(store.body)).toEqual([]);
  store.redo();
  await pass(1000);
  expect(captions(server.body)).toEqual(["Runs."]);
});

test("while the server is away edits wait, and go when it is back", async () => {
  const store = await open();
  server.down = { kind: "unreachable" };
  write(store, "a", 0, "Runs.");
  await pass(5000);
  expect(store.state.getState()).toMatchObject({ status: "offline", unsaved: 1 });
  write(store, "b", 10, "Jumps.");
  server.down = null;
  await pass(16000);
  expect(captions(server.body)).toEqual(["Runs.", "Jumps."]);
  expect(store.state.getState().status).toBe("saved");
});

test("an expired log-in pauses, and everything goes after the next one", async () => {
  const store = await open();
  server.down = { kind: "signed-out" };
  write(store, "a", 0, "Runs.");
  await pass(60_000);
  const { calls } = server;
  expect(store.state.getState().status).toBe("signed-out");
  await pass(60_000);
  expect(server.calls).toBe(calls);
  server.down = null;
  store.resume();
  await pass(100);
  expect(captions(server.body)).toEqual(["Runs."]);
});

test("after a crash the log is replayed, on top of what others did meanwhile", async () => {
  const store = await open();
  server.down = { kind: "unreachable" };
  write(store, "a", 0, "Runs.");
  await pass(600);
  store.close();
  server.down = null;
  server.commit([put("b", 10, "Theirs.")]);
  const again = await open();
  expect(captions(again.body)).toEqual(["Runs.", "Theirs."]);
  await pass(2000);
  expect(captions(server.body)).toEqual(["Runs.", "Theirs."]);
  expect(await log.read("d")).toEqual([]);
});

test("a save whose answer was lost is not done twice, and later edits of the same record stand", async () => {
  const store = await open();
  server.loseAnswer = true;
  write(store, "a", 0, "Runs.");
  await pass(600);
  write(store, "a", 0, "Runs fast.");
  await pass(20_000);
  expect(captions(server.body)).toEqual(["Runs fast."]);
  expect(store.state.getState()).toMatchObject({ status: "saved", losers: [] });
  expect(new Set(server.history.map((each) => each.operation.id)).size).toBe(server.history.length);
});

test("two editors of different fields are merged", async () => {
  server.commit([put("a", 0, "Runs.")]);
  const store = await open();
  write(store, "a", 0, "Runs fast.");
  server.commit([put("a", 2, "Runs.")]);
  await pass(3000);
  expect(server.body.events["a"]).toMatchObject({ grid_start: 2, caption: "Runs fast." });
  expect(store.state.getState().losers).toEqual([]);
});

test("two editors of one answer are merged field by field, whatever order the names of evidence come in", async () => {
  const answer = { id: "q", verdict: "write" as const, reason: null, text: "A mug.", distractors: [] };
  const evidence = { picture_start: 2, picture_end: 9 };
  const putAnswer = (record: AnswerRecord): Operation => ({ id: newId(), verb: "put", collection: "answers", record_id: "q", record });
  server.commit([putAnswer({ ...answer, evidence })]);
  const store = await open();
  store.edit("write", (body) => applyAll(body, [putAnswer({ ...answer, evidence: { ...evidence }, distractors: [], text: "A red mug." })]));
  // As JSONB gives it back: new objects, their names in another order.
  const theirs = { ...answer, evidence: { picture_end: 9, picture_start: 2 }, distractors: [{ text: "A pan.", checked: true }] };
  server.commit([putAnswer(theirs)]);
  await pass(3000);
  expect(store.state.getState().losers).toEqual([]);
  expect(server.body.answers["q"]).toMatchObject({ text: "A red mug.", evidence, distractors: theirs.distractors });
});

test("the words of a lost edit stay until the document has them", async () => {
  server.commit([put("a", 0, "Runs.")]);
  const store = await open();
  write(store, "a", 0, "Mine.");
  server.commit([put("a", 0, "Theirs.")]);
  await pass(3000);
  const [loser] = store.state.getState().losers;
  if (!loser) throw new Error("no edit was lost");
  store.close();
  const reader = await DocumentStore.open({ ...loaded(server), read_only: true }, server, log);
  reader.reclaim(loser);
  reader.keepBoth(loser);
  expect(reader.state.getState().losers).toHaveLength(1);
  reader.close();
  const again = await open();
  again.edit("remove", (body) => ({ ...body, events: {} }));
  const [kept] = again.state.getState().losers;
  if (!kept) throw new Error("the lost edit is gone");
  again.keepBoth(kept);
  await pass(3000);
  expect(captions(server.body)).toEqual(["Mine."]);
  expect(await log.read("d")).toEqual([]);
});

test("the losing edit of a conflict is kept, shown, survives a reload, and can be taken back", async () => {
  server.commit([put("a", 0, "Runs.")]);
  const store = await open();
  write(store, "a", 0, "Mine.");
  server.commit([put("a", 0, "Theirs.")]);
  await pass(3000);
  expect(captions(store.body)).toEqual(["Theirs."]);
  expect(store.state.getState().losers).toHaveLength(1);
  store.close();
  const again = await open();
  const [loser] = again.state.getState().losers;
  if (!loser) throw new Error("the lost edit is gone");
  again.reclaim(loser);
  await pass(2000);
  expect(captions(server.body)).toEqual(["Mine."]);
  expect(again.state.getState().losers).toEqual([]);
  expect(await log.read("d")).toEqual([]);
});

test("an edit of a record that somebody removed is kept aside", async () => {
  server.commit([put("a", 0, "Runs.")]);
  const store = await open();
  write(store, "a", 0, "Mine.");
  server.commit([{ id: newId(), verb: "remove", collection: "events", record_id: "a", record: null }]);
  await pass(3000);
  expect(captions(store.body)).toEqual([]);
  expect(store.state.getState().losers[0]?.theirs).toBeNull();
});

test("one refused edit does not hold up the others", async () => {
  const store = await open();
  write(store, "a", 0, "Runs.");
  write(store, "b", 10, "forbidden");
  write(store, "c", 20, "Jumps.");
  await pass(5000);
  expect(captions(server.body)).toEqual(["Runs.", "Jumps."]);
  expect(store.state.getState().losers.map((loser) => loser.why)).toEqual(["not this"]);
  expect(store.state.getState()).toMatchObject({ status: "saved", unsaved: 0 });
});

test("submit waits until everything is acknowledged, and says when it cannot be", async () => {
  const store = await open();
  write(store, "a", 0, "Runs.");
  expect(await store.flush()).toBe(true);
  expect(store.state.getState().revision).toBe(1);
  server.down = { kind: "forbidden", message: "not yours" };
  write(store, "a", 0, "Runs fast.");
  expect(await store.flush()).toBe(false);
});

test("a drag is one step of undo however slow, and what follows is another", async () => {
  const store = await open();
  write(store, "a", 0, "Runs.");
  for (const start of [1, 2, 3]) {
    write(store, "a", start, "Runs.", "drag:1");
    await pass(4000);
  }
  store.seal();
  write(store, "a", 9, "Runs.", "drag:1");
  store.undo();
  expect(store.body.events["a"]?.grid_start).toBe(3);
  store.undo();
  expect(store.body.events["a"]?.grid_start).toBe(0);
  store.undo();
  expect(captions(store.body)).toEqual([]);
  await pass(2000);
  expect(captions(server.body)).toEqual([]);
});

test("a read-only document takes no edits", async () => {
  const store = await DocumentStore.open({ ...loaded(server), read_only: true }, server, log);
  write(store, "a", 0, "Runs.");
  expect(captions(store.body)).toEqual([]);
});
