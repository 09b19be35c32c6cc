// Who gets what in a project: caps for everybody, skills of kinds, and the share that several people do.
import { Button, Group, NumberInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeProject } from "../../api/actions";
import { keys } from "../../api/keys";
import type { Project, TaskKind } from "../../api/types";
import { useT } from "../../i18n";
import { fieldError, FormError } from "../../ui/FormError";
import { Panel } from "../../ui/Page";
import { say } from "../../ui/toast";
import { taskWord } from "../words";
import { capOf } from "./MemberCaps";

export function Assignment({ project }: { readonly project: Project }) {
  const t = useT();
  const client = useQueryClient();
  const kinds = (Object.keys(taskWord) as TaskKind[]).filter((name) => name.startsWith(project.kind));
  const [leases, setLeases] = useState(project.cap_leases);
  const [daily, setDaily] = useState(project.cap_daily);
  const [share, setShare] = useState(Math.round(project.overlap_share * 100));
  const [people, setPeople] = useState(project.overlap_people);
  const [skills, setSkills] = useState<Readonly<Record<string, string>>>(project.kind_skills);
  const save = useMutation({
    mutationFn: () =>
      changeProject(project.id, {
        cap_leases: leases,
        cap_daily: daily,
        overlap_share: share / 100,
        overlap_people: people,
        kind_skills: Object.fromEntries(Object.entries(skills).filter(([, skill]) => skill.trim())),
      }),
    onSuccess: async () => {
      say(t("saved"));
      await client.invalidateQueries({ queryKey: keys.project(project.id) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Panel title={t("give.title")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t("give.about")}
          </Text>
          <FormError error={save.error} fields={["cap_leases", "cap_daily", "overlap_share", "overlap_people"]} />
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <NumberInput
              label={t("give.capLeases")}
              description={t("give.capAbout")}
              min={1}
              max={10_000}
              allowDecimal={false}
              value={leases ?? ""}
              onChange={(value) => setLeases(capOf(value))}
              error={fieldError(save.error, "cap_leases")}
            />
            <NumberInput
              label={t("give.capDaily")}
              description={t("give.capAbout")}
              min={1}
              max={10_000}
              allowDecimal={false}
              value={daily ?? ""}
              onChange={(value) => setDaily(capOf(value))}
              error={fieldError(save.error, "cap_daily")}
            />
            <NumberInput
              label={t("give.overlapShare")}
              description={t("give.overlapShareAbout")}
              suffix=" %"
              min={0}
              max={100}
              allowDecimal={false}
              value={share}
              onChange={(value) => setShare(Number(value) || 0)}
              error={fieldError(save.error, "overlap_share")}
            />
            <NumberInput
              label={t("give.overlapPeople")}
              min={2}
              max={5}
              allowDecimal={false}
              value={people}
              onChange={(value) => setPeople(Number(value) || 2)}
              error={fieldError(save.error, "overlap_people")}
            />
            {kinds.map((kind) => (
              <TextInput
                key={kind}
                label={t("give.skillFor", { kind: t(taskWord[kind]) })}
                placeholder={t("give.skillAbout")}
                maxLength={64}
                value={skills[kind] ?? ""}
                onChange={(event) => setSkills({ ...skills, [kind]: event.currentTarget.value })}
                error={fieldError(save.error, `kind_skills.${kind}`)}
              />
            ))}
          </SimpleGrid>
          <Group justify="flex-end">
            <Button type="submit" variant="default" loading={save.isPending}>
              {t("save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
