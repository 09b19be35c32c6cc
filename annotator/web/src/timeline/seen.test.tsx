import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";

import type { EventRecord } from "../editor/body";
import { EventLane, type EventLaneHandlers } from "./EventLane";
import { Seen, seenFrames } from "./seen";
import { OthersLanes } from "./OthersLanes";
import { below, within, type Span } from "./spans";

const EVENTS: EventRecord[] = Array.from({ length: 500 }, (_, i) => ({
  id: `e${i}`,
  grid_start: i * 20,
  grid_end: i * 20 + 19,
  caption: `time ${i}`,
}));
const handlers: EventLaneHandlers = {
  onSelect: vi.fn(),
  onEdge: vi.fn(),
  onMove: vi.fn(),
  onDragEnd: vi.fn(),
  onOpen: vi.fn(),
};

function lane(seen: Span, selected: string | null, events = EVENTS): React.JSX.Element {
  return (
    <Seen value={seen}>
      <EventLane
        handlers={handlers}
        events={events}
        selected={selected}
        length={10_000}
        seconds={(grid) => grid / 6}
        filled={[]}
        readOnly={false}
        problems={new Set()}
      />
    </Seen>
  );
}

const shown = (): string[] => screen.getAllByRole("listitem").map((item) => item.querySelector("button")?.dataset["event"] ?? "");

test("of 500 events those are in the page that are seen, and the selected one wherever it is", () => {
  const { rerender } = render(lane([4000, 4100], null));
  expect(shown()).toEqual(["e200", "e201", "e202", "e203", "e204", "e205"]);
  rerender(lane([4000, 4039], "e7"));
  expect(shown()).toEqual(["e7", "e200", "e201"]);
  expect(screen.getAllByRole("listitem")[0]?.querySelector("button")?.tabIndex).toBe(0);
  rerender(lane([0, 19], "e499"));
  expect(shown()).toEqual(["e0", "e499"]);
});

test("a long early event that others overlap is shown where it is seen", () => {
  const long = { id: "long", grid_start: 0, grid_end: 9000, caption: "a long time" };
  render(lane([4000, 4019], null, [long, ...EVENTS]));
  expect(shown()).toEqual(["long", "e200"]);
});

test("other subjects have a lane each, to go to and not to edit", () => {
  const onGo = vi.fn();
  const cat = { id: "c", label: "cat", color: "#fff", present: [[0, 99]] as const, events: EVENTS };
  render(
    <Seen value={[40, 79]}>
      <OthersLanes lanes={[cat]} length={10_000} onGo={onGo} />
    </Seen>,
  );
  expect(screen.getByRole("list", { name: "Events of cat, to look at" })).toBeTruthy();
  const buttons = screen.getAllByRole("button");
  expect(buttons.map((button) => button.textContent)).toEqual(["time 2", "time 3"]);
  buttons[1]?.click();
  expect(onGo).toHaveBeenCalledExactlyOnceWith(60);
  expect(screen.queryByRole("slider")).toBeNull();
});

test("what is seen reaches half a window further, in steps, and never past the film", () => {
  expect(seenFrames(0, 1200, 1, 10_000)).toEqual([0, 9999]);
  expect(seenFrames(0, 1200, 10, 10_000)).toEqual([0, 1500]);
  expect(seenFrames(100, 1200, 10, 10_000)).toEqual(seenFrames(180, 1200, 10, 10_000));
  expect(seenFrames(12_000 - 1200, 1200, 10, 10_000)).toEqual([8500, 9999]);
});

test("bisection finds what touches a window", () => {
  const spans: Span[] = [[0, 4], [10, 14], [20, 24]];
  expect(within(spans, [5, 9])).toEqual([]);
  expect(within(spans, [4, 10])).toEqual([[0, 4], [10, 14]]);
  expect(within(spans, [0, 99])).toBe(spans);
  expect(below([1, 3, 5], (each) => each < 4)).toBe(2);
  expect(below([], () => true)).toBe(0);
});
