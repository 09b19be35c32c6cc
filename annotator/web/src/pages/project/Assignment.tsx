// Who gets what in a project: caps for everybody, skills of kinds, and the share that several people do.
import { NumberInput, SimpleGrid, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeProject } from "../../api/actions";
import { keys } from "../../api/keys";
import type { Project, TaskKind } from "../../api/types";
import { useT } from "../../i18n";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { Panel } from "../../ui/Page";
import { say } from "../../ui/toast";
import { taskWord } from "../words";
import { CapInput, ShareInput } from "./fields";
import { tooLong } from "../../ui/tooLong";

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
  return (
    <Panel title={t("give.title")}>
      <Form send={save} fields={["cap_leases", "cap_daily", "overlap_share", "overlap_people"]} label={t("save")} quiet>
        <Text size="sm" c="dimmed">
          {t("give.about")}
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <CapInput
            label={t("give.capLeases")}
            description={t("give.capAbout")}
            value={leases}
            onChange={setLeases}
            error={fieldError(save.error, "cap_leases")}
          />
          <CapInput
            label={t("give.capDaily")}
            description={t("give.capAbout")}
            value={daily}
            onChange={setDaily}
            error={fieldError(save.error, "cap_daily")}
          />
          <ShareInput
            label={t("give.overlapShare")}
            description={t("give.overlapShareAbout")}
            value={share}
            onChange={setShare}
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
              value={skills[kind] ?? ""}
              onChange={(event) => setSkills({ ...skills, [kind]: event.currentTarget.value })}
              error={tooLong(skills[kind] ?? "", 64) ?? fieldError(save.error, `kind_skills.${kind}`)}
            />
          ))}
        </SimpleGrid>
      </Form>
    </Panel>
  );
}
