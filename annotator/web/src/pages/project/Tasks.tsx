// A lead's view of all tasks: what stands where and with whom; what is selected is assigned, taken back, reopened, ranked.
import { Checkbox, Group, Select, Stack } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { membersQuery, projectTasksQuery, type TaskFilter, videosQuery } from "../../api/queries";
import type { TaskKind, TaskRow, TaskState } from "../../api/types";
import { useT } from "../../i18n";
import { itemsOf, Listing } from "../../ui/Listing";
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
  const items = itemsOf(tasks.data);
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
  const every = (
    <Checkbox
      size="xs"
      aria-label={t("tasks.selectAll")}
      checked={chosen.length === items.length}
      indeterminate={chosen.length > 0 && chosen.length < items.length}
      onChange={(event) => setSelected(new Set(event.currentTarget.checked ? items.map((task) => task.id) : []))}
      onKeyDown={keysOfBox}
    />
  );
  return (
    <Stack>
      <Filters filter={filter} onChange={setFilter} />
      <Listing
        query={tasks}
        items={items}
        none={{ title: t("tasks.none"), next: t(filtered ? "tasks.noneFiltered" : "tasks.noneNext") }}
        columns={[
          { label: every, w: 36 },
          t("tasks.kind"),
          t("videos.video"),
          t("state"),
          t("tasks.priority"),
          t("tasks.time"),
          t("tasks.returns"),
        ]}
        actions
        spacing="xs"
        row={(task) => (
          <TaskLine
            key={task.id}
            task={task}
            selected={selected.has(task.id)}
            onSelect={() => toggle(task.id)}
            onKeyDown={keysOfBox}
            onHistory={() => setHistory(task)}
          />
        )}
      />
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
        data={itemsOf(videos.data).map(({ id, name }) => ({ value: id, label: name }))}
        onDropdownOpen={() => {
          if (videos.hasNextPage) void videos.fetchNextPage();
        }}
      />
    </Group>
  );
}
