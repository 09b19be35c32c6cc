/** What the server says, in the language of the page: where the page does not know it, in the server's own words. */

import { useLocale } from ".";
import { refusalsKo, sentencesKo } from "./told.ko";

/** A sentence of a rule, a field or a progress. */
export function told(sentence: string): string {
  if (useLocale.getState().locale === "en") return sentence;
  for (const [pattern, said] of sentencesKo) {
    if (pattern.test(sentence)) return sentence.replace(pattern, said);
  }
  return sentence;
}

/** A refusal: `title` is what its `type` always says, `detail` what is said this time. */
export function toldRefusal(type: string | undefined, title: string | undefined, detail: string): string {
  const said = useLocale.getState().locale === "en" || type === undefined ? undefined : refusalsKo[type];
  if (said === undefined) return told(detail);
  // A detail of its own says which one, or how many: it is kept behind the sentence.
  return detail === title ? said : `${said} (${told(detail)})`;
}
