import { expect, test, vi } from "vitest";
import type { Page } from "./types";
import { whole } from "./whole";

test("every page is read, in order, each from where the last one ended", async () => {
  const pages: Record<string, Page<number>> = {
    "": { items: [1, 2], next: "b" },
    b: { items: [], next: "c" },
    c: { items: [3], next: null },
  };
  const read = vi.fn(({ cursor = "" }: { limit: number; cursor?: string }) => Promise.resolve(pages[cursor] ?? { items: [], next: null }));
  expect(await whole(read)).toEqual({ items: [1, 2, 3], next: null });
  expect(read.mock.calls.map(([query]) => query)).toEqual([{ limit: 200 }, { limit: 200, cursor: "b" }, { limit: 200, cursor: "c" }]);
});

test("what fails in the middle fails whole", async () => {
  const read = vi.fn().mockResolvedValueOnce({ items: [1], next: "b" }).mockRejectedValueOnce(new Error("gone"));
  await expect(whole(read)).rejects.toThrow("gone");
});
