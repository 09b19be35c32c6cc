// The workers: which are alive, what they serve, run and hold open, and their GPUs.
import { Group, Progress, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { workersQuery } from "../../api/background";
import type { Worker } from "../../api/types";
import { useT } from "../../i18n";
import { formatBytes, formatShare, formatWhen } from "../../ui/format";
import { Listing } from "../../ui/Listing";
import { StateBadge } from "../../ui/StateBadge";
import { laneWord } from "../words";
import { FellBack, useKindName } from "./JobRow";

export function Workers() {
  const t = useT();
  const workers = useQuery(workersQuery);
  return (
    <Listing
      query={workers}
      items={workers.data ?? []}
      none={{ title: t("jobs.noWorkers"), next: t("jobs.noWorkersNext") }}
      columns={[t("jobs.worker"), t("state"), t("jobs.serves"), t("jobs.runs"), t("jobs.gpu")]}
      spacing="xs"
      minWidth={640}
      row={(worker) => <Row key={worker.name} worker={worker} />}
    />
  );
}

function Row({ worker }: { worker: Worker }) {
  const t = useT();
  const lanes = worker.lanes.map((lane) => {
    const word = laneWord[lane];
    return word ? t(word) : lane;
  });
  const [state, word] = worker.alive
    ? worker.leaving
      ? (["submitted", "jobs.leaving"] as const)
      : (["ready", "jobs.alive"] as const)
    : (["failed", "jobs.silent"] as const);
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm">{worker.name}</Text>
        <Text size="xs" c="dimmed">
          {t("jobs.since", { version: worker.version, when: formatWhen(worker.started_at) })}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge state={state} label={t(word)} />
        {worker.alive ? null : (
          <Text size="xs" c="dimmed">
            {formatWhen(worker.heartbeat_at)}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={220}>
        <Text size="sm">{lanes.join(", ")}</Text>
        <Text size="xs" c="dimmed">
          {t("jobs.holds", { most: worker.concurrency, count: worker.holds.length })}
        </Text>
      </Table.Td>
      <Table.Td miw={180}>
        <Runs worker={worker} />
      </Table.Td>
      <Table.Td>
        <Stack gap={2}>
          {worker.gpus.map((gpu, place) => (
            <Text key={gpu.uuid ?? place} size="xs" title={gpu.uuid ?? ""}>
              {gpu.index === null ? null : `${gpu.index} · `}
              {gpu.name}
              {gpu.use === null ? null : ` · ${formatShare(gpu.use)}`}
              {gpu.memory_used_bytes === null || gpu.memory_bytes === null
                ? null
                : ` · ${formatBytes(gpu.memory_used_bytes)} / ${formatBytes(gpu.memory_bytes)}`}
            </Text>
          ))}
          {worker.gpus.length === 0 ? <Text size="xs">–</Text> : null}
          <FellBack told={worker.fell_back} />
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}

function Runs({ worker }: { worker: Worker }) {
  const t = useT();
  const kindName = useKindName();
  if (worker.running.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("jobs.idle")}
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      {worker.running.map((job) => (
        <div key={job.id}>
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="sm">{kindName(job.kind)}</Text>
            <Text size="xs" c="dimmed">
              {formatShare(job.progress)}
            </Text>
          </Group>
          <Progress size="xs" value={job.progress * 100} aria-label={kindName(job.kind)} />
        </div>
      ))}
    </Stack>
  );
}
