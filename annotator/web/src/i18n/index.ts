// Typed messages: `t("key", { name })` outside React, `useT()` inside (it renders again when the language changes).
import { useCallback } from "react";
import { create } from "zustand";
import { en } from "./en";
import type { MessageKey } from "./keys";
import { ko } from "./ko";

export type { MessageKey } from "./keys";
export type Locale = "en" | "ko";
export type Vars = Readonly<Record<string, string | number>>;

const catalogues: Readonly<Record<Locale, Readonly<Record<MessageKey, string>>>> = { en, ko };

export function browserLocale(languages: readonly string[] = navigator.languages): Locale {
  const first = languages.find((tag) => /^(en|ko)\b/i.test(tag));
  return first?.toLowerCase().startsWith("ko") ? "ko" : "en";
}

const STORAGE_KEY = "vidgrain.locale";
const stored = localStorage.getItem(STORAGE_KEY);

/** `chosen`: picked on a page before the log-in, so it goes before what the account says. */
export const useLocale = create<{ locale: Locale; chosen?: boolean }>(() => ({
  locale: stored === "en" || stored === "ko" ? stored : browserLocale(),
}));

export function setLocale(locale: Locale): void {
  localStorage.setItem(STORAGE_KEY, locale);
  document.documentElement.lang = locale;
  useLocale.setState({ locale });
}

/** The message in one language; an unfilled `{name}` stays visible, so that a test and a reader notice it.
 *
 * `{count:video|videos}` is the first word for 1 and the second for any other number. */
export function translate(locale: Locale, key: MessageKey, vars?: Vars): string {
  const text: string = catalogues[locale][key];
  if (!vars) return text;
  return text.replace(/\{(\w+)(?::([^|{}]*)\|([^|{}]*))?\}/g, (whole, name: string, one?: string, more?: string) => {
    const value = vars[name];
    if (value === undefined) return whole;
    if (one !== undefined && more !== undefined) return Number(value) === 1 ? one : more;
    return typeof value === "number" ? value.toLocaleString(locale) : value;
  });
}

export function t(key: MessageKey, vars?: Vars): string {
  return translate(useLocale.getState().locale, key, vars);
}

export type Translate = (key: MessageKey, vars?: Vars) => string;

/** `t` for components. */
export function useT(): Translate {
  const locale = useLocale((state) => state.locale);
  return useCallback((key, vars) => translate(locale, key, vars), [locale]);
}

document.documentElement.lang = useLocale.getState().locale;
