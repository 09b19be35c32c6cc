import { expect, test, vi } from "vitest";

import type { FrameTable } from "../player/frameTable";
import { Drawing } from "./drawing";
import type { Drafts } from "./drafts";

/** A player of which only the picture on screen and the one that was asked for matter. */
function hand() {
  const film = {
    table: { width: 640, height: 360 } as FrameTable,
    playhead: 7,
    still: 7 as number | null,
    hold: (): number | null => film.still,
  };
  const draw = vi.fn<Drafts["draw"]>(() => Promise.resolve());
  const [watch, refuse] = [vi.fn<Drafts["watch"]>(), vi.fn<Drafts["refuse"]>()];
  const drawing = new Drawing({ draw, watch, refuse }, film);
  return { film, draw, drawing, refuse, outlined: () => watch.mock.calls[0]?.[0]() };
}
const at = (x: number, y = 10) => ({ x, y });

test("a stroke is drawn on the picture that it began on", () => {
  const { draw, drawing } = hand();
  drawing.take("brush");
  drawing.down(at(10), false, 1);
  drawing.drag([at(60), at(110)]);
  drawing.up();
  const radius = drawing.state.getState().radius;
  expect(draw).toHaveBeenCalledExactlyOnceWith({ verb: "add", stroke: [[10, 10], [110, 10]], radius }, 7);
  expect(drawing.state.getState().stroke).toEqual([]);
});

test("a stroke during which the picture changed is dropped", () => {
  const { film, draw, drawing } = hand();
  drawing.take("eraser");
  drawing.down(at(10), false, 1);
  film.still = 8;
  drawing.up();
  expect(draw).not.toHaveBeenCalled();
  expect(drawing.state.getState().stroke).toEqual([]);
});

test("nothing begins while another picture is on its way, neither by pressing nor by dragging on", () => {
  const { film, draw, drawing } = hand();
  film.still = null;
  drawing.take("brush");
  drawing.down(at(10), false, 1);
  film.still = 7;
  drawing.drag([at(20)]);
  drawing.up();
  drawing.take("outline");
  film.still = null;
  drawing.down(at(10), false, 1);
  drawing.clean("largest");
  expect(draw).not.toHaveBeenCalled();
  expect(drawing.state.getState()).toMatchObject({ corners: [], stroke: [] });
});

test("corners of an outline may be as near as the zoom shows them apart; a double click is one corner", () => {
  const { draw, drawing } = hand();
  drawing.take("outline");
  drawing.down(at(10), true, 1);
  drawing.down(at(12), true, 1);
  expect(drawing.state.getState().corners).toHaveLength(1);
  drawing.down(at(12), true, 1 / 8);
  expect(drawing.state.getState().corners).toHaveLength(2);
  drawing.close();
  expect(draw).not.toHaveBeenCalled();
  drawing.down(at(12, 30), true, 1 / 8);
  drawing.twice();
  expect(draw).toHaveBeenCalledExactlyOnceWith({ verb: "erase", polygon: [[10, 10], [12, 10], [12, 30]] }, 7);
});

test("corners on another picture are not closed with this one", () => {
  const { film, draw, drawing } = hand();
  drawing.take("outline");
  for (const x of [10, 60, 110]) drawing.down(at(x, x), false, 1);
  film.playhead = film.still = 9;
  drawing.close();
  expect(draw).not.toHaveBeenCalled();
  expect(drawing.state.getState()).toMatchObject({ corners: [10, 60, 110].map((x) => at(x, x)), picture: 7 });
  drawing.leaveOutline();
  drawing.down(at(10), false, 1);
  expect(drawing.state.getState()).toMatchObject({ corners: [at(10)], picture: 9 });
});

test("an outline that is not closed is drawn already: other tools and pictures wait for it, and none drops it", () => {
  const { film, draw, drawing, refuse, outlined } = hand();
  drawing.take("outline");
  expect(outlined()).toBeNull();
  for (const x of [10, 60, 110]) drawing.down(at(x, x), false, 1);
  expect(outlined()).toBe(7);
  film.still = film.playhead = 8;
  drawing.down(at(10), false, 1);
  drawing.take("brush");
  drawing.down(at(10), false, 1);
  expect(refuse).toHaveBeenCalledTimes(2);
  film.still = film.playhead = 7;
  drawing.close();
  expect(draw).toHaveBeenCalledExactlyOnceWith({ verb: "add", polygon: [[10, 10], [60, 60], [110, 110]] }, 7);
  expect(outlined()).toBeNull();
});
