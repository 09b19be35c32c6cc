import { expect, test } from "vitest";
import { browserLocale, type MessageKey, translate } from ".";
import { en } from "./en";
import { ko } from "./ko";

const names = (text: string) => [...new Set([...text.matchAll(/\{(\w+)[:}]/g)].map((found) => found[1]))].sort();

test("both languages have the same keys", () => {
  expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort());
});

test("no text is empty, and both languages fill the same variables", () => {
  for (const [key, text] of Object.entries(en)) {
    const korean = ko[key as keyof typeof en];
    expect(text.trim(), key).not.toBe("");
    expect(korean.trim(), key).not.toBe("");
    expect(names(korean), key).toEqual(names(text));
  }
});

test("one thing and many have their own words", () => {
  const said = (count: number) => translate("en", "fetches.found", { count });
  expect([said(0), said(1), said(1200)]).toEqual(["0 videos below it", "1 video below it", "1,200 videos below it"]);
  for (const [key, text] of Object.entries(en)) {
    const numbers = Object.fromEntries(names(text).map((name) => [name ?? "", 1]));
    expect(translate("en", key as MessageKey, numbers), key).not.toMatch(/[{|]/);
  }
});

test("a variable is filled, and one that is missing stays visible", () => {
  expect(translate("en", "app.name", { unused: 1 })).toBe("Vidgrain");
  expect(browserLocale(["fr-FR", "ko-KR"])).toBe("ko");
  expect(browserLocale(["fr-FR"])).toBe("en");
});
