// A lead's view of all tasks: what stands where, taking one back from its holder, opening a finished one again.
import { Button, Group, Select, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { reopenTask, takeBackTask } from "../../api/actions";
import { keys } from "../../api/keys";
import { projectTasksQuery } from "../../api/queries";
import type { TaskKind, TaskRow, TaskState } from "../../api/types";
import { useT } from "../../i18n";
import { formatSeconds, formatWhen } from "../../ui/format";
import { ButtonLink } from "../../ui/links";
import { Empty, Loaded } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { say, sayError } from "../../ui/toast";
import { stateWord, taskWord } from "../words";
import { useProject } from "./ProjectFrame";

const STATES = Object.keys(stateWord) as TaskState[];

export function Tasks() {
  const t = useT();
  const project = useProject();
  const [state, setState] = useState<TaskState | null>(null);
  const [kind, setKind] = useState<TaskKind | null>(null);
  const kinds = (Object.keys(taskWord) as TaskKind[]).filter((name) => name.startsWith(project.kind));
  const tasks = useInfiniteQuery(projectTasksQuery(project.id, { ...(state ? { state } : {}), ...(kind ? { kind } : {}) }));
  const items = tasks.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack>
      <Group>
        <Select
          label={t("state")}
          placeholder={t("all")}
          clearable
          clearButtonProps={{ "aria-label": t("clear") }}
          value={state}
          onChange={(chosen) => setState(STATES.find((name) => name === chosen) ?? null)}
          data={STATES.map((value) => ({ value, label: t(stateWord[value]) }))}
        />
        <Select
          label={t("tasks.kind")}
          placeholder={t("all")}
          clearable
          clearButtonProps={{ "aria-label": t("clear") }}
          value={kind}
          onChange={(chosen) => setKind(kinds.find((name) => name === chosen) ?? null)}
          data={kinds.map((value) => ({ value, label: t(taskWord[value]) }))}
        />
      </Group>
      <Loaded query={tasks}>
        {() =>
          items.length === 0 ? (
            <Empty title={t("tasks.none")} next={t(state || kind ? "tasks.noneFiltered" : "tasks.noneNext")} />
          ) : (
            <Table verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("tasks.kind")}</Table.Th>
                  <Table.Th>{t("videos.video")}</Table.Th>
                  <Table.Th>{t("state")}</Table.Th>
                  <Table.Th>{t("tasks.time")}</Table.Th>
                  <Table.Th>{t("tasks.returns")}</Table.Th>
                  <Table.Th>
                    <span className="vg-visually-hidden">{t("actions")}</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((task) => (
                  <Row key={task.id} projectId={project.id} task={task} />
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
      {tasks.hasNextPage ? (
        <Button variant="default" loading={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
          {t("more")}
        </Button>
      ) : null}
    </Stack>
  );
}

function Row({ projectId, task }: { projectId: string; task: TaskRow }) {
  const t = useT();
  const client = useQueryClient();
  const done = async () => {
    say(t("done"));
    await client.invalidateQueries({ queryKey: keys.project(projectId) });
  };
  const reopen = useMutation({ mutationFn: () => reopenTask(task.id), onSuccess: done, onError: sayError });
  const takeBack = useMutation({ mutationFn: () => takeBackTask(task.id), onSuccess: done, onError: sayError });
  return (
    <Table.Tr>
      <Table.Td>{t(taskWord[task.kind])}</Table.Td>
      <Table.Td>
        <Text size="sm">{task.video_name}</Text>
        {(task.holder ?? task.submitted_by) ? (
          <Text size="xs" c="dimmed">
            {(task.holder ?? task.submitted_by)?.name}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td>
        <StateBadge state={task.state} label={t(stateWord[task.state])} />
        {task.state === "leased" && task.lease_expires_at ? (
          <Text size="xs" c="dimmed">
            {t("tasks.until", { when: formatWhen(task.lease_expires_at) })}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td>{formatSeconds(task.active_seconds)}</Table.Td>
      <Table.Td>{task.returns}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <ButtonLink size="compact-xs" variant="default" to="/work/$taskId" params={{ taskId: task.id }}>
            {t("open")}
          </ButtonLink>
          {task.state === "leased" ? (
            <Button size="compact-xs" variant="default" loading={takeBack.isPending} onClick={() => takeBack.mutate()}>
              {t("tasks.takeBack")}
            </Button>
          ) : null}
          {task.state === "accepted" || task.state === "submitted" || task.state === "closed" ? (
            <Button size="compact-xs" variant="default" loading={reopen.isPending} onClick={() => reopen.mutate()}>
              {t("tasks.reopen")}
            </Button>
          ) : null}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
