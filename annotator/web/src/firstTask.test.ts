import { afterEach, expect, test, vi } from "vitest";

import { keys } from "./api/keys";
import { queryClient } from "./api/queryClient";
import { askAhead } from "./firstTask";

afterEach(() => {
  vi.restoreAllMocks();
});

test("only a task's own address asks ahead, and what fails there fails nothing", async () => {
  const read = vi.spyOn(queryClient, "fetchQuery").mockRejectedValue(new Error("not signed in"));
  const film = vi.fn();
  vi.stubGlobal("Worker", film);
  for (const path of ["/", "/login", "/projects/7/tasks", "/work/", "/work/7/more"]) askAhead(path);
  expect(read).not.toHaveBeenCalled();
  askAhead("/work/7");
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(read.mock.calls.map(([query]) => query.queryKey)).toEqual([keys.task("7")]);
  expect(film).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});
