// One job: what it is, how it stands, why it failed, and what can be done about it.
import { Button, Group, Progress, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { cancelJob, retryJob } from "../../api/background";
import { keys } from "../../api/keys";
import type { Job } from "../../api/types";
import { useT } from "../../i18n";
import { told } from "../../i18n/told";
import { formatWhen } from "../../ui/format";
import { StateBadge } from "../../ui/StateBadge";
import { sayError } from "../../ui/toast";
import { jobKindWord, jobWord } from "../words";

/** A kind of job in the reader's language; one of a plug-in as it is called. */
export function useKindName(): (kind: string) => string {
  const t = useT();
  return (kind) => {
    const word = jobKindWord[kind];
    return word ? t(word) : kind;
  };
}

/** That an accelerator ran out of memory, when, and what has held since. */
export function FellBack({ told }: { told: Job["fell_back"] }) {
  const t = useT();
  if (!told) return null;
  return (
    <Text size="xs" c="var(--vg-warn)">
      {t("jobs.fellBack", { when: formatWhen(told.at), count: told.sessions })}
    </Text>
  );
}

export function JobRow({ job }: { job: Job }) {
  const t = useT();
  const name = useKindName()(job.kind);
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm">{name}</Text>
        {job.worker ? (
          <Text size="xs" c="dimmed">
            {job.worker}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td miw={140}>
        <StateBadge state={job.state} label={t(jobWord[job.state])} />
        {job.state === "running" ? <Progress size="sm" mt={6} value={job.progress * 100} aria-label={name} /> : null}
        {job.attempts > 1 ? (
          <Text size="xs" c="dimmed">
            {t("jobs.attempt", { number: job.attempts, most: job.max_attempts })}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td maw={420} style={{ overflowWrap: "anywhere" }}>
        {/* What a job said last is over once it is done. */}
        {job.state === "done" ? null : <Text size="sm">{told(job.message)}</Text>}
        {job.error ? (
          <Text size="xs" c="var(--vg-bad)">
            {job.error}
          </Text>
        ) : null}
        <FellBack told={job.fell_back} />
      </Table.Td>
      <Table.Td>
        <Text size="xs" c="dimmed">
          {formatWhen(job.created_at)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Actions job={job} name={name} />
      </Table.Td>
    </Table.Tr>
  );
}

function Actions({ job, name }: { job: Job; name: string }) {
  const t = useT();
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: keys.jobs });
  const cancel = useMutation({ mutationFn: () => cancelJob(job.id), onSuccess: again, onError: sayError });
  const retry = useMutation({ mutationFn: () => retryJob(job.id), onSuccess: again, onError: sayError });
  const open = job.state === "queued" || job.state === "running";
  const over = job.state === "failed" || job.state === "cancelled";
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {open ? (
        <Button
          size="compact-xs"
          variant="default"
          loading={cancel.isPending}
          disabled={job.cancel_requested}
          aria-label={t("jobs.cancelNamed", { name })}
          onClick={() => cancel.mutate()}
        >
          {t(job.cancel_requested ? "jobs.cancelling" : "cancel")}
        </Button>
      ) : null}
      {over ? (
        <Button
          size="compact-xs"
          variant="default"
          loading={retry.isPending}
          aria-label={t("jobs.retryNamed", { name })}
          onClick={() => retry.mutate()}
        >
          {t("retry")}
        </Button>
      ) : null}
    </Group>
  );
}
