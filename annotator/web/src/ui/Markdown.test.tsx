import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { blocksOf, Markdown } from "./Markdown";

test("headings, lists that go on over a line, and paragraphs", () => {
  expect(blocksOf("# How\nOne subject\nat a time.\n\n- first\n  goes on\n- second\n1. other")).toEqual([
    { kind: "heading", level: 1, text: "How" },
    { kind: "paragraph", text: "One subject at a time." },
    { kind: "list", ordered: false, items: ["first goes on", "second"] },
    { kind: "list", ordered: true, items: ["other"] },
  ]);
});

test("HTML stays text, and only web addresses become links", () => {
  const { container } = render(<Markdown text={"<img src=x onerror=alert(1)> **bold** [a](javascript:alert(1)) [b](https://x.example/y)"} />);
  expect(container.querySelector("img")).toBeNull();
  expect(container.querySelector("strong")?.textContent).toBe("bold");
  expect(screen.getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual(["https://x.example/y"]);
});
