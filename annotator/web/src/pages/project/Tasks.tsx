// A lead's view of all tasks: what stands where and with whom; what is selected is assigned, taken back, reopened, ranked.
import { Button, Checkbox, Group, Select, Stack, Table } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { membersQuery, projectTasksQuery, type TaskFilter, videosQuery } from "../../api/queries";
import type { TaskKind, TaskRow, TaskState } from "../../api/types";
import { useT } from "../../i18n";
import { Empty, Loaded } from "../../ui/Page";
import { stateWord, taskWord } from "../words";
import { BulkBar } from "./BulkBar";
import { History } from "./History";
import { useProject } from "./ProjectFrame";
import { TaskLine } from "./TaskLine";

const STATES = Object.keys(stateWord) as TaskState[];

export function Tasks() {
  const t = useT();
  const project = useProject();
  const [filter, setFilter] = useState<TaskFilter>({});
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const bar = useRef<HTMLElement>(null);
  const [history, setHistory] = useState<TaskRow | null>(null);
  const tasks = useInfiniteQuery(projectTasksQuery(project.id, filter));
  const items = tasks.data?.pages.flatMap((page) => page.items) ?? [];
  // Only what is shown can be changed: a task that a filter hides is not selected any more.
  const chosen = items.filter((task) => selected.has(task.id));
  const filtered = Object.keys(filter).length > 0;
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  const clear = () => setSelected(new Set());
  const keysOfBox = (event: KeyboardEvent) => {
    if (event.key === "Escape") clear();
    // The bar stands below the last task: nobody should have to go through all of them to get there.
    if (event.key === "Enter") bar.current?.querySelector("input")?.focus();
  };
  return (
    <Stack>
      <Filters filter={filter} onChange={setFilter} />
      <Loaded query={tasks}>
        {() =>
          items.length === 0 ? (
            <Empty title={t("tasks.none")} next={t(filtered ? "tasks.noneFiltered" : "tasks.noneNext")} />
          ) : (
            <Table verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w={36}>
                    <Checkbox
                      size="xs"
                      aria-label={t("tasks.selectAll")}
                      checked={chosen.length === items.length}
                      indeterminate={chosen.length > 0 && chosen.length < items.length}
                      onChange={(event) => setSelected(new Set(event.currentTarget.checked ? items.map((task) => task.id) : []))}
                      onKeyDown={keysOfBox}
                    />
                  </Table.Th>
                  <Table.Th>{t("tasks.kind")}</Table.Th>
                  <Table.Th>{t("videos.video")}</Table.Th>
                  <Table.Th>{t("state")}</Table.Th>
                  <Table.Th>{t("tasks.priority")}</Table.Th>
                  <Table.Th>{t("tasks.time")}</Table.Th>
                  <Table.Th>{t("tasks.returns")}</Table.Th>
                  <Table.Th>
                    <span className="vg-visually-hidden">{t("actions")}</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((task) => (
                  <TaskLine
                    key={task.id}
                    task={task}
                    selected={selected.has(task.id)}
                    onSelect={() => toggle(task.id)}
                    onKeyDown={keysOfBox}
                    onHistory={() => setHistory(task)}
                  />
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
      <BulkBar ref={bar} projectId={project.id} chosen={chosen} onClear={clear} />
      <History task={history} onClose={() => setHistory(null)} />
    </Stack>
  );
}

function Filters({ filter, onChange }: { filter: TaskFilter; onChange: (filter: TaskFilter) => void }) {
  const t = useT();
  const project = useProject();
  const members = useQuery(membersQuery(project.id));
  const videos = useInfiniteQuery(videosQuery(project.id));
  const kinds = (Object.keys(taskWord) as TaskKind[]).filter((name) => name.startsWith(project.kind));
  const set = (name: keyof TaskFilter, value: string | null) => {
    const rest = Object.entries(filter).filter(([key]) => key !== name);
    onChange(Object.fromEntries(value === null ? rest : [...rest, [name, value]]) as TaskFilter);
  };
  const shared = { placeholder: t("all"), clearable: true, clearButtonProps: { "aria-label": t("clear") } };
  return (
    <Group>
      <Select
        label={t("state")}
        {...shared}
        value={filter.state ?? null}
        onChange={(chosen) => set("state", chosen)}
        data={STATES.map((value) => ({ value, label: t(stateWord[value]) }))}
      />
      <Select
        label={t("tasks.kind")}
        {...shared}
        value={filter.kind ?? null}
        onChange={(chosen) => set("kind", chosen)}
        data={kinds.map((value) => ({ value, label: t(taskWord[value]) }))}
      />
      <Select
        label={t("tasks.person")}
        {...shared}
        searchable
        value={filter.person_id ?? null}
        onChange={(chosen) => set("person_id", chosen)}
        data={(members.data?.items ?? []).map(({ user }) => ({ value: user.id, label: user.name }))}
      />
      <Select
        label={t("tasks.video")}
        {...shared}
        searchable
        value={filter.video_id ?? null}
        onChange={(chosen) => set("video_id", chosen)}
        data={(videos.data?.pages.flatMap((page) => page.items) ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        onDropdownOpen={() => {
          if (videos.hasNextPage) void videos.fetchNextPage();
        }}
      />
    </Group>
  );
}
