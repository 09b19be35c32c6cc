// Which work a release takes: the conditions, each of which must hold.
import { Checkbox, Group, MultiSelect, Select, Stack } from "@mantine/core";
import { QUESTION_TYPES, type ReleaseRule } from "../../api/types";
import { useT } from "../../i18n";

interface Props {
  readonly fgqa: boolean;
  readonly rule: ReleaseRule;
  readonly onChange: (rule: ReleaseRule) => void;
}

const JUDGES = ["anybody", "reviewer", "policy"] as const;
const LANGUAGES = ["en", "ko", "other"] as const;
const among = <T extends string>(known: readonly T[], chosen: readonly string[]) => known.filter((each) => chosen.includes(each));

export function RuleFields({ fgqa, rule, onChange }: Props) {
  const t = useT();
  const set = (more: Partial<ReleaseRule>) => onChange({ ...rule, ...more });
  return (
    <Stack gap="sm">
      <Group align="flex-start">
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
