// What is done to the selected tasks at once. Those that a verb does not fit stay as they are and are named with the reason.
import { Alert, Button, Group, List, NumberInput, Select, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Bulk, changeTasks } from "../../api/actions";
import { keys } from "../../api/keys";
import { membersQuery } from "../../api/queries";
import type { TaskRow } from "../../api/types";
import { useT } from "../../i18n";
import { FormError } from "../../ui/FormError";
import { say } from "../../ui/toast";
import { taskWord } from "../words";

const ANYBODY = "";

interface Props {
  readonly projectId: string;
  readonly chosen: readonly TaskRow[];
  readonly onClear: () => void;
}

interface Stayed {
  readonly name: string;
  readonly why: string;
}

export function BulkBar({ projectId, chosen, onClear }: Props) {
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
  const idle = chosen.length === 0 || change.isPending;
  const people = (members.data?.items ?? []).map(({ user }) => ({ value: user.id, label: user.name }));
  return (
    <section aria-label={t("tasks.bulk")}>
      <Group align="flex-end" gap="sm">
        <Text size="sm" pb={6} miw={90} role="status">
          {t("tasks.selected", { count: chosen.length })}
        </Text>
        <Select
          size="xs"
          w={170}
          label={t("tasks.assignTo")}
          searchable
          value={assignee}
          onChange={setAssignee}
          data={[{ value: ANYBODY, label: t("tasks.nobody") }, ...people]}
        />
        <Button
          size="xs"
          variant="default"
          disabled={idle || assignee === null}
          onClick={() => change.mutate({ verb: "assign", assignee_id: assignee || null })}
        >
          {t("tasks.assign")}
        </Button>
        <NumberInput
          size="xs"
          w={90}
          label={t("tasks.priority")}
          min={-1000}
          max={1000}
          allowDecimal={false}
          value={priority ?? ""}
          onChange={(value) => setPriority(value === "" ? null : Number(value))}
        />
        <Button
          size="xs"
          variant="default"
          disabled={idle || priority === null}
          onClick={() => change.mutate({ verb: "priority", priority: priority ?? 0 })}
        >
          {t("tasks.setPriority")}
        </Button>
        <TextInput
          size="xs"
          w={120}
          label={t("tasks.skill")}
          placeholder={t("tasks.skillNone")}
          maxLength={64}
          value={skill}
          onChange={(event) => setSkill(event.currentTarget.value)}
        />
        <Button size="xs" variant="default" disabled={idle} onClick={() => change.mutate({ verb: "skill", skill: skill.trim() })}>
          {t("tasks.setSkill")}
        </Button>
        <Button size="xs" variant="default" disabled={idle} onClick={() => change.mutate({ verb: "take_back" })}>
          {t("tasks.takeBack")}
        </Button>
        <Button size="xs" variant="default" disabled={idle} onClick={() => change.mutate({ verb: "reopen" })}>
          {t("tasks.reopen")}
        </Button>
        {chosen.length > 0 ? (
          <Button size="xs" variant="subtle" onClick={onClear}>
            {t("tasks.clearSelection")}
          </Button>
        ) : null}
      </Group>
      <FormError error={change.error} />
      {stayed.length > 0 ? (
        <Alert
          mt="sm"
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
    </section>
  );
}
