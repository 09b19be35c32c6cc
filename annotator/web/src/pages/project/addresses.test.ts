import { describe, expect, it } from "vitest";
import { addressesOf } from "./addresses";

describe("a pasted list of addresses", () => {
  it("keeps the line of each, without remarks and empty lines", () => {
    const text = "# from the web\n\n  https://example.org/a.mp4  \r\n s3://footage/day one\n#https://example.org/b.mp4\n";
    expect(addressesOf(text)).toEqual([
      { address: "https://example.org/a.mp4", line: 3 },
      { address: "s3://footage/day one", line: 4 },
    ]);
  });

  it("is empty where nothing is named", () => {
    expect(addressesOf(" \n# nothing\n")).toEqual([]);
  });
});
