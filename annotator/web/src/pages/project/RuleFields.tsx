// Which work a release takes: the conditions, each of which must hold.
import { Checkbox, Group, MultiSelect, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { guidelineQuery, membersQuery } from "../../api/queries";
import { QUESTION_TYPES, type ReleaseRule } from "../../api/types";
import { useT } from "../../i18n";
import { tooLong } from "../../ui/tooLong";
import { dayOf, endOfDay, startOfDay } from "./days";
import classes from "./RuleFields.module.css";

interface Props {
  readonly projectId: string;
  readonly fgqa: boolean;
  readonly rule: ReleaseRule;
  readonly onChange: (rule: ReleaseRule) => void;
}

const STATUSES = ["accepted", "submitted"] as const;
const JUDGES = ["anybody", "reviewer", "policy"] as const;
const LANGUAGES = ["en", "ko", "other"] as const;
const among = <T extends string>(known: readonly T[], chosen: readonly string[]) => known.filter((each) => chosen.includes(each));
/** As the server takes them. */
const MOST_WORDS = 100;
const LONGEST_WORD = 200;

/** Whether the last day is before the first one: the server refuses such a rule. */
export function daysCross({ submitted_from: from, submitted_to: to }: ReleaseRule): boolean {
  return Boolean(from && to && from >= to);
}

export function RuleFields(props: Props) {
  const { fgqa, rule, onChange } = props;
  const t = useT();
  const set = (more: Partial<ReleaseRule>) => onChange({ ...rule, ...more });
  return (
    <Stack gap="sm">
      <Group align="flex-start">
        <Select
          label={t("rule.status")}
          w={220}
          allowDeselect={false}
          value={rule.status ?? "accepted"}
          onChange={(chosen) => set({ status: STATUSES.find((each) => each === chosen) ?? "accepted" })}
          data={STATUSES.map((each) => ({ value: each, label: t(`rule.status.${each}`) }))}
        />
        <Select
          label={t("rule.judged")}
          w={220}
          allowDeselect={false}
          value={rule.judged ?? "anybody"}
          onChange={(chosen) => set({ judged: JUDGES.find((each) => each === chosen) ?? "anybody" })}
          data={JUDGES.map((each) => ({ value: each, label: t(`rule.judged.${each}`) }))}
        />
        {fgqa ? (
          <MultiSelect
            label={t("rule.types")}
            placeholder={rule.q_types?.length ? "" : t("rule.all")}
            w={340}
            clearable
            value={rule.q_types ?? []}
            onChange={(chosen) => set({ q_types: among(QUESTION_TYPES, chosen) })}
            data={QUESTION_TYPES.map((type) => ({ value: type, label: t(`type.${type}`) }))}
          />
        ) : null}
        <MultiSelect
          label={t("rule.languages")}
          placeholder={rule.languages?.length ? "" : t("rule.all")}
          w={220}
          clearable
          value={rule.languages ?? []}
          onChange={(chosen) => set({ languages: among(LANGUAGES, chosen) })}
          data={LANGUAGES.map((each) => ({ value: each, label: t(`rule.language.${each}`) }))}
        />
      </Group>
      <details className={classes["more"]}>
        <summary>{t("rule.more")}</summary>
        <Stack gap="sm" mt="sm">
          <When {...props} />
          <Who {...props} />
          <Where {...props} />
        </Stack>
      </details>
      {fgqa ? (
        <Checkbox
          label={t("rule.humanOnly")}
          checked={rule.human_only ?? false}
          onChange={(event) => set({ human_only: event.currentTarget.checked })}
        />
      ) : null}
      <Checkbox
        label={t("rule.leaveOut")}
        checked={rule.leave_out_faulty ?? false}
        onChange={(event) => set({ leave_out_faulty: event.currentTarget.checked })}
      />
    </Stack>
  );
}

/** Days are the reader's: from the first one's midnight to the end of the last one. */
function When({ projectId, rule, onChange }: Props) {
  const t = useT();
  const newest = useQuery(guidelineQuery(projectId)).data?.version ?? 0;
  const versions = Array.from({ length: newest }, (_, at) => newest - at);
  return (
    <Group align="flex-start">
      <TextInput
        type="date"
        label={t("rule.from")}
        w={220}
        value={dayOf(rule.submitted_from ?? null)}
        onChange={(event) => onChange({ ...rule, submitted_from: startOfDay(event.currentTarget.value) })}
      />
      <TextInput
        type="date"
        label={t("rule.to")}
        w={220}
        value={dayOf(rule.submitted_to ?? null, true)}
        onChange={(event) => onChange({ ...rule, submitted_to: endOfDay(event.currentTarget.value) })}
        error={daysCross(rule) ? t("rule.daysCross") : undefined}
      />
      <Select
        label={t("rule.guideline")}
        placeholder={t("rule.all")}
        w={220}
        clearable
        disabled={newest === 0}
        value={rule.guideline_from ? String(rule.guideline_from) : null}
        onChange={(chosen) => onChange({ ...rule, guideline_from: chosen === null ? null : Number(chosen) })}
        data={versions.map((version) => ({ value: String(version), label: t("rule.guidelineFrom", { version }) }))}
      />
    </Group>
  );
}

/** Nobody can be chosen in both lists: the server refuses that. */
function Who({ projectId, rule, onChange }: Props) {
  const t = useT();
  const people = (useQuery(membersQuery(projectId)).data?.items ?? []).map(({ user }) => ({ value: user.id, label: user.name }));
  const { annotators = [], without_annotators: without = [] } = rule;
  return (
    <Group align="flex-start">
      <MultiSelect
        label={t("rule.annotators")}
        placeholder={annotators.length ? "" : t("rule.all")}
        w={340}
        clearable
        searchable
        value={annotators}
        onChange={(chosen) => onChange({ ...rule, annotators: chosen })}
        data={people.filter(({ value }) => !without.includes(value))}
      />
      <MultiSelect
        label={t("rule.withoutAnnotators")}
        placeholder={without.length ? "" : t("rule.nobody")}
        w={340}
        clearable
        searchable
        value={without}
        onChange={(chosen) => onChange({ ...rule, without_annotators: chosen })}
        data={people.filter(({ value }) => !annotators.includes(value))}
      />
    </Group>
  );
}

function Where({ fgqa, rule, onChange }: Props) {
  const t = useT();
  const words = (chosen: readonly string[]) => chosen.map((each) => each.trim()).filter(Boolean);
  const long = (chosen: readonly string[] = []) => chosen.map((each) => tooLong(each, LONGEST_WORD)).find(Boolean);
  return (
    <Group align="flex-start">
      {fgqa ? (
        <TagsInput
          label={t("rule.domains")}
          description={t("rule.words")}
          placeholder={rule.domains?.length ? "" : t("rule.all")}
          w={340}
          clearable
          maxTags={MOST_WORDS}
          value={rule.domains ?? []}
          onChange={(chosen) => onChange({ ...rule, domains: words(chosen) })}
          error={long(rule.domains)}
        />
      ) : null}
      <TagsInput
        label={t("rule.datasets")}
        description={t("rule.words")}
        placeholder={rule.source_datasets?.length ? "" : t("rule.all")}
        w={340}
        clearable
        maxTags={MOST_WORDS}
        value={rule.source_datasets ?? []}
        onChange={(chosen) => onChange({ ...rule, source_datasets: words(chosen) })}
        error={long(rule.source_datasets)}
      />
    </Group>
  );
}
