// What is done to the selected tasks at once. Those that a verb does not fit stay as they are and are named with the reason.
import { Alert, Button, Group, List, NumberInput, Select, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Ref, useState } from "react";
import { type Bulk, changeTasks } from "../../api/actions";
import { keys } from "../../api/keys";
import { membersQuery } from "../../api/queries";
import type { TaskRow } from "../../api/types";
import { useT } from "../../i18n";
import { FormError } from "../../ui/FormError";
import { say } from "../../ui/toast";
import { taskWord } from "../words";
import classes from "./Projects.module.css";
import { tooLong } from "../../ui/tooLong";

const ANYBODY = "";

interface Props {
  readonly ref: Ref<HTMLElement>;
  readonly projectId: string;
  readonly chosen: readonly TaskRow[];
  readonly onClear: () => void;
}

interface Stayed {
  readonly name: string;
  readonly why: string;
}

export function BulkBar({ ref, projectId, chosen, onClear }: Props) {
  const t = useT();
  const client = useQueryClient();
  const members = useQuery(membersQuery(projectId));
  const [assignee, setAssignee] = useState<string | null>(null);
  const [priority, setPriority] = useState<number | null>(null);
  const [skill, setSkill] = useState("");
  const [stayed, setStayed] = useState<readonly Stayed[]>([]);
  const change = useMutation({
    mutationFn: (bulk: Bulk) => changeTasks(projectId, chosen.slice(0, 500).map((task) => task.id), bulk),
    onSuccess: async ({ changed, refused }) => {
      const names = new Map(chosen.map((task) => [task.id, `${t(taskWord[task.kind])}, ${task.video_name}`]));
      say(t("tasks.changed", { count: changed.length }));
      setStayed(refused.map(({ task_id, why }) => ({ name: names.get(task_id) ?? task_id, why })));
      await client.invalidateQueries({ queryKey: keys.project(projectId) });
    },
  });
  const people = (members.data?.items ?? []).map(({ user }) => ({ value: user.id, label: user.name }));
  return (
    <>
      <FormError error={change.error} />
      {stayed.length > 0 ? (
        <Alert
          color="yellow"
          variant="light"
          role="alert"
          title={t("tasks.refused", { count: stayed.length })}
          withCloseButton
          closeButtonLabel={t("close")}
          onClose={() => setStayed([])}
        >
          <List size="sm">
            {stayed.map(({ name, why }) => (
              <List.Item key={name + why}>{t("tasks.refusedLine", { task: name, why })}</List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
      {chosen.length > 0 ? (
        <section ref={ref} aria-label={t("tasks.bulk")} className={classes["bulk"]}>
          <Text size="sm" fw={600} role="status" title={t("tasks.bulkKeys")}>
            {t("tasks.selected", { count: chosen.length })}
            <span className="vg-visually-hidden">{t("tasks.bulkKeys")}</span>
          </Text>
          <Group gap={4} wrap="nowrap">
            <Select
              size="xs"
              w={140}
              aria-label={t("tasks.assignTo")}
              placeholder={t("tasks.assignTo")}
              searchable
              value={assignee}
              onChange={setAssignee}
              data={[{ value: ANYBODY, label: t("tasks.nobody") }, ...people]}
            />
            <Verb
              label={t("tasks.assign")}
              busy={change.isPending || assignee === null}
              act={() => change.mutate({ verb: "assign", assignee_id: assignee || null })}
            />
          </Group>
          <Group gap={4} wrap="nowrap">
            <NumberInput
              size="xs"
              w={90}
              aria-label={t("tasks.priority")}
              placeholder={t("tasks.priority")}
              min={-1000}
              max={1000}
              allowDecimal={false}
              value={priority ?? ""}
              onChange={(value) => setPriority(value === "" ? null : Number(value))}
            />
            <Verb
              label={t("tasks.setPriority")}
              busy={change.isPending || priority === null}
              act={() => change.mutate({ verb: "priority", priority: priority ?? 0 })}
            />
          </Group>
          <Group gap={4} wrap="nowrap">
            <TextInput
              size="xs"
              w={110}
              aria-label={t("tasks.skill")}
              placeholder={t("tasks.skill")}
              value={skill}
              onChange={(event) => setSkill(event.currentTarget.value)}
              error={tooLong(skill, 64)}
            />
            <Verb
              label={t("tasks.setSkill")}
              busy={change.isPending || tooLong(skill, 64) !== undefined}
              act={() => change.mutate({ verb: "skill", skill: skill.trim() })}
            />
          </Group>
          <Verb label={t("tasks.takeBack")} busy={change.isPending} act={() => change.mutate({ verb: "take_back" })} />
          <Verb label={t("tasks.reopen")} busy={change.isPending} act={() => change.mutate({ verb: "reopen" })} />
          <Button size="xs" variant="subtle" ml="auto" onClick={onClear}>
            {t("tasks.clearSelection")}
          </Button>
        </section>
      ) : null}
    </>
  );
}

function Verb({ label, busy, act }: { readonly label: string; readonly busy: boolean; readonly act: () => void }) {
  return (
    <Button size="xs" variant="default" disabled={busy} onClick={act}>
      {label}
    </Button>
  );
}
