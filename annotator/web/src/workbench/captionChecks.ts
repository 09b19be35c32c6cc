/**
 * The checks of a caption that need no server, shown while it is typed. The same codes as annotator/quality/text.py,
 * which decides at submit; what only the server knows comes back with each save.
 */

import type { MessageKey } from "../i18n";

export interface Check {
  readonly code: string;
  readonly message: MessageKey;
  readonly vars: Readonly<Record<string, string | number>>;
  readonly severity: "error" | "warning";
}

const MAX_CAPTION = 1000;
const CONTROL_TOKEN = /<\|[^\n]*?\|>|<\|/;
const MEDIA_TAG = /<(?:image|video)>/i;
const BRACKET = /[[\]]/;
const LINE_BREAK = /[\n\r\v\f\u0085\u2028\u2029]/;
const HEDGE =
  /\b(?:probably|presumably|possibly|perhaps|maybe|apparently|seems?|seemingly|appears? to|might|likely|looks? (?:like|as if)|i (?:think|guess|believe))\b|아마|것 같/i;

/** Codes that captionChecks finds by itself: the server's problems with these codes are not shown twice. */
export const LOCAL_CODES: ReadonlySet<string> = new Set([
  "empty",
  "control_token",
  "media_tag",
  "bracket",
  "line_break",
  "too_long",
  "hedge",
]);

export function captionChecks(caption: string): Check[] {
  if (caption.trim() === "") return [check("empty", "wb.check.empty", {})];
  const found: Check[] = [];
  const matched = (pattern: RegExp, code: string, message: MessageKey, severity: Check["severity"] = "error"): void => {
    const match = pattern.exec(caption);
    if (match) found.push({ code, message, vars: { text: match[0].slice(0, 40) }, severity });
  };
  matched(CONTROL_TOKEN, "control_token", "wb.check.controlToken");
  matched(MEDIA_TAG, "media_tag", "wb.check.mediaTag");
  matched(BRACKET, "bracket", "wb.check.bracket");
  matched(LINE_BREAK, "line_break", "wb.check.lineBreak");
  const { length } = Array.from(caption);
  if (length > MAX_CAPTION) found.push(check("too_long", "wb.check.tooLong", { length, most: MAX_CAPTION }));
  matched(HEDGE, "hedge", "wb.check.hedge", "warning");
  return found;
}

function check(code: string, message: MessageKey, vars: Check["vars"]): Check {
  return { code, message, vars, severity: "error" };
}
