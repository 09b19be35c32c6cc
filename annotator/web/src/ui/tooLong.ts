// A text that is longer than the server takes is kept whole and said to be so: cutting off what was pasted would lose it.
import { t } from "../i18n";

/** What to say beside the field, or undefined. Characters are counted as the server counts them. */
export function tooLong(text: string, most: number): string | undefined {
  const { length } = Array.from(text.trim());
  return length > most ? t("wb.check.tooLong", { length, most }) : undefined;
}
