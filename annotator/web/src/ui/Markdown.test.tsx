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

test("no text stops the page, however it is made of brackets and blanks", () => {
  const begun = performance.now();
  for (const part of ["[", "![", "[a](https://", "*", "`"]) {
    const { unmount } = render(<Markdown text={part.repeat(200_000 / part.length)} />);
    unmount();
  }
  for (const mark of ["#", "-", ">"]) blocksOf(`${mark} ${" ".repeat(199_000)}a\u2028b`);
  expect(performance.now() - begun).toBeLessThan(4_000);
});

test("pictures come from the project's videos and from nowhere else", () => {
  const own = "/api/videos/00000000-0000-4000-8000-000000000001/pictures/24.jpg";
  const { container } = render(<Markdown text={`![A good box](${own}) ![x](https://x.example/y.jpg) ![y](/api/session)`} />);
  const pictures = [...container.querySelectorAll("img")];
  expect(pictures.map((picture) => [picture.getAttribute("src"), picture.alt])).toEqual([[own, "A good box"]]);
});
