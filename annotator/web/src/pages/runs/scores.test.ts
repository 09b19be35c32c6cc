import { describe, expect, it } from "vitest";

import { scoresOf } from "./scores";

describe("scoresOf", () => {
  it("names each benchmark, with its headline first", () => {
    const report = {
      run_id: "1",
      benchmarks: {
        rtloc: {
          headline: { name: "mean_recall", value: 0.25 },
          strict: { "recall@0.3": 0.5, mean_recall: 0.25 },
          counts: { items: 3 },
          items: [{ id: "a" }],
        },
        fgqa: { headline: { name: "mbacc", value: null }, strict: {}, counts: { items: 0 } },
      },
    };
    expect(scoresOf(report).map((row) => [row.task, row.measure, row.value])).toEqual([
      ["rtloc", "strict.mean_recall", 0.25],
      ["rtloc", "strict.recall@0.3", 0.5],
      ["rtloc", "counts.items", 3],
      ["fgqa", "counts.items", 0],
    ]);
  });

  it("has no rows without a report", () => {
    expect(scoresOf(null)).toEqual([]);
  });
});
