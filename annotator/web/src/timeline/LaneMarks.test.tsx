import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";

import { FrameTable } from "../player/frameTable";
import type { Lane } from "./drawLanes";
import { LaneMarks } from "./LaneMarks";

test("a lock says what it holds and lies where its pictures are; a flag says why and leads there", () => {
  const table = new FrameTable({
    proxy_pts: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    proxy_time_base: "1/6",
    proxy_key: [0],
    width: 64,
    height: 36,
    grid: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  });
  const lane: Lane = {
    id: "a",
    label: "fox",
    color: "#ffffff",
    active: true,
    present: null,
    prompts: [],
    stale: [],
    locks: [{ span: [2, 4], name: "Locked: pictures 2 to 4" }],
    flags: [{ picture: 5, why: "its size jumps" }],
  };
  const onGo = vi.fn();
  const { container } = render(<LaneMarks table={table} lanes={[lane]} top={0} range={[1, 9]} onGo={onGo} />);
  const lock = screen.getByRole("img", { name: "Locked: pictures 2 to 4" });
  expect([lock.style.left, lock.style.width]).toEqual(["20%", "30%"]);
  const range = container.querySelector<HTMLElement>(".tl-range");
  expect([range?.style.left, range?.style.width]).toEqual(["10%", "90%"]);
  const flag = screen.getByTitle("its size jumps");
  expect(flag.style.left).toBe("50%");
  flag.click();
  expect(onGo).toHaveBeenCalledWith(5);
});
