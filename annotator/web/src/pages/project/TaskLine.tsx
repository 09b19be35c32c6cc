// One line of the lead's list of tasks.
import { Badge, Button, Checkbox, Group, Table, Text } from "@mantine/core";
import type { KeyboardEvent } from "react";
import type { TaskRow } from "../../api/types";
import { useT } from "../../i18n";
import { formatSeconds, formatWhen } from "../../ui/format";
import { ButtonLink } from "../../ui/links";
import { StateBadge } from "../../ui/StateBadge";
import { stateWord, taskWord } from "../words";

interface Props {
  readonly task: TaskRow;
  readonly selected: boolean;
  readonly onSelect: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onHistory: () => void;
}

export function TaskLine({ task, selected, onSelect, onKeyDown, onHistory }: Props) {
  const t = useT();
  const named = { kind: t(taskWord[task.kind]), video: task.video_name };
  return (
    <Table.Tr data-selected={selected || undefined}>
      <Table.Td>
        <Checkbox
          size="xs"
          aria-label={t("tasks.selectOne", named)}
          checked={selected}
          onChange={onSelect}
          onKeyDown={onKeyDown}
        />
      </Table.Td>
      <Table.Td>
        <Text size="sm">{named.kind}</Text>
        <Group gap={4}>
          {task.copy_number > 0 ? (
            <Badge size="xs" variant="light" title={t("tasks.copyAbout")}>
              {t("tasks.copy", { number: task.copy_number })}
            </Badge>
          ) : null}
          {task.skill ? (
            <Badge size="xs" variant="light" color="grape">
              {task.skill}
            </Badge>
          ) : null}
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="sm">{task.video_name}</Text>
        <Whose task={task} />
      </Table.Td>
      <Table.Td>
        <StateBadge state={task.state} label={t(stateWord[task.state])} />
        {task.state === "leased" && task.lease_expires_at ? (
          <Text size="xs" c="dimmed">
            {t("tasks.until", { when: formatWhen(task.lease_expires_at) })}
          </Text>
        ) : null}
        {task.closed_why ? (
          <Text size="xs" c="dimmed">
            {task.closed_why}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td>{task.priority}</Table.Td>
      <Table.Td>{formatSeconds(task.active_seconds)}</Table.Td>
      <Table.Td>{task.returns}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {task.document_id ? (
            <Button size="compact-xs" variant="default" aria-label={t("tasks.historyOf", named)} onClick={onHistory}>
              {t("tasks.history")}
            </Button>
          ) : null}
          {task.submitted_by ? (
            <ButtonLink
              size="compact-xs"
              variant="default"
              to="/compare/$taskId"
              params={{ taskId: task.id }}
              aria-label={t("compare.openNamed", named)}
            >
              {t("compare.open")}
            </ButtonLink>
          ) : null}
          <ButtonLink
            size="compact-xs"
            variant="default"
            to="/work/$taskId"
            params={{ taskId: task.id }}
            aria-label={t("tasks.openNamed", named)}
          >
            {t("open")}
          </ButtonLink>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** Who holds it, is to get it, or handed it in. */
function Whose({ task }: { task: TaskRow }) {
  const t = useT();
  const { holder, assignee, submitted_by: author, reserved_until: until } = task;
  const text = holder
    ? holder.name
    : assignee
      ? until
        ? t("tasks.promised", { name: assignee.name, when: formatWhen(until) })
        : t("tasks.keptFor", { name: assignee.name })
      : author?.name;
  return text ? (
    <Text size="xs" c="dimmed">
      {text}
    </Text>
  ) : null;
}
