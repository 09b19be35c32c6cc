import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen, type ServerEvent } from "./events";

class FakeSource {
  static readonly CLOSED = 2;
  static made: FakeSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly handlers = new Map<string, (message: MessageEvent<string>) => void>();
  constructor(readonly url: string) {
    FakeSource.made.push(this);
  }
  addEventListener(name: string, handler: (message: MessageEvent<string>) => void) {
    this.handlers.set(name, handler);
  }
  emit(name: string, data: unknown, lastEventId = "") {
    this.handlers.get(name)?.(new MessageEvent(name, { data: JSON.stringify(data), lastEventId }));
  }
  break() {
    this.readyState = FakeSource.CLOSED;
    this.onerror?.();
  }
  close() {
    this.readyState = FakeSource.CLOSED;
  }
}

beforeEach(() => {
  FakeSource.made = [];
  vi.stubGlobal("EventSource", FakeSource);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("all topics in one connection, and events arrive with their names", () => {
  const seen: ServerEvent[] = [];
  listen(["job:1", "run:2"], (event) => seen.push(event));
  FakeSource.made[0]?.emit("metrics", { items: [1] });
  expect(FakeSource.made[0]?.url).toBe("/api/events?topic=job%3A1&topic=run%3A2");
  expect(seen).toEqual([{ name: "metrics", data: { items: [1] } }]);
});

test("a closed connection is opened again where it stopped, later each time", () => {
  const back = vi.fn();
  listen(["job:1"], () => undefined, { onReconnect: back });
  FakeSource.made[0]?.emit("job", {}, "17");
  FakeSource.made[0]?.break();
  vi.advanceTimersByTime(1000);
  expect(FakeSource.made[1]?.url).toContain("last_event_id=17");
  FakeSource.made[1]?.break();
  vi.advanceTimersByTime(1000);
  expect(FakeSource.made).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  FakeSource.made[2]?.onopen?.();
  expect(back).toHaveBeenCalledOnce();
});

test("after stopping nothing is opened any more", () => {
  const stop = listen(["job:1"], () => undefined);
  FakeSource.made[0]?.break();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(FakeSource.made).toHaveLength(1);
});

test("lost events ask for a fresh look", () => {
  const back = vi.fn();
  listen(["masklet:1"], () => undefined, { onReconnect: back });
  FakeSource.made[0]?.emit("reset", {}, "42");
  expect(back).toHaveBeenCalledOnce();
  FakeSource.made[0]?.break();
  vi.advanceTimersByTime(1000);
  expect(FakeSource.made[1]?.url).toContain("last_event_id=42");
});

test("a topic that is gone is not asked for again, and the last one ends it", () => {
  listen(["job:1", "project:2"], () => undefined);
  FakeSource.made[0]?.emit("gone", { topic: "project:2" });
  FakeSource.made[0]?.onerror?.();
  vi.advanceTimersByTime(1000);
  expect(FakeSource.made[1]?.url).toBe("/api/events?topic=job%3A1");
  FakeSource.made[1]?.emit("gone", { topic: "job:1" });
  expect(FakeSource.made[1]?.readyState).toBe(FakeSource.CLOSED);
  FakeSource.made[1]?.onerror?.();
  vi.advanceTimersByTime(60_000);
  expect(FakeSource.made).toHaveLength(2);
});
