// The conditions of a release's rule in words: each one that is a condition, in the order of the form.
import type { ReleaseRule } from "../../api/types";
import type { MessageKey, Translate } from "../../i18n";
import { formatWhen } from "../../ui/format";

/** Every field has its words: one that the server adds is missing here, and the types say so. */
type Words = { readonly [Field in keyof Required<ReleaseRule>]: (value: NonNullable<ReleaseRule[Field]>) => string | null };

export function conditions(rule: ReleaseRule, t: Translate, nameOf: (person: string) => string): string[] {
  const list = (label: MessageKey, values: readonly string[]) => (values.length ? `${t(label)}: ${values.join(", ")}` : null);
  const words: Words = {
    status: (status) => (status === "accepted" ? null : list("rule.status", [t(`rule.status.${status}`)])),
    judged: (judged) => (judged === "anybody" ? null : list("rule.judged", [t(`rule.judged.${judged}`)])),
    q_types: (types) =>
      list(
        "rule.types",
        types.map((type) => t(`type.${type}`)),
      ),
    languages: (languages) =>
      list(
        "rule.languages",
        languages.map((language) => t(`rule.language.${language}`)),
      ),
    submitted_from: (moment) => list("rule.from", [formatWhen(moment)]),
    submitted_to: (moment) => list("rule.to", [formatWhen(moment)]),
    guideline_from: (version) => list("rule.guideline", [t("rule.guidelineFrom", { version })]),
    annotators: (people) => list("rule.annotators", people.map(nameOf)),
    without_annotators: (people) => list("rule.withoutAnnotators", people.map(nameOf)),
    domains: (domains) => list("rule.domains", domains),
    source_datasets: (datasets) => list("rule.datasets", datasets),
    human_only: (only) => (only ? t("rule.humanOnly") : null),
    leave_out_faulty: (out) => (out ? t("rule.leaveOut") : null),
  };
  const said = <Field extends keyof Words>(field: Field): string[] => {
    const value = rule[field];
    const text = value === null || value === undefined ? null : words[field](value as NonNullable<ReleaseRule[Field]>);
    return text === null ? [] : [text];
  };
  return (Object.keys(words) as (keyof Words)[]).flatMap(said);
}
