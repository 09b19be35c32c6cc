// Background work (admin): what runs, what waits, what failed and why.
import { Button, Progress, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { cancelJob } from "../../api/actions";
import { keys } from "../../api/keys";
import { jobsQuery } from "../../api/queries";
import type { Job } from "../../api/types";
import { useT } from "../../i18n";
import { Empty, Loaded, Page } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { sayError } from "../../ui/toast";
import { jobKindWord, jobWord } from "../words";

export function Jobs() {
  const t = useT();
  const jobs = useQuery(jobsQuery);
  return (
    <Page title={t("jobs.title")} about={t("jobs.about")}>
      <Loaded query={jobs}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("jobs.none")} next={t("jobs.noneNext")} />
          ) : (
            <Table verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("jobs.job")}</Table.Th>
                  <Table.Th>{t("state")}</Table.Th>
                  <Table.Th>{t("jobs.message")}</Table.Th>
                  <Table.Th>
                    <span className="vg-visually-hidden">{t("actions")}</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {page.items.map((job) => (
                  <Row key={job.id} job={job} />
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
    </Page>
  );
}

function Row({ job }: { job: Job }) {
  const t = useT();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelJob(job.id),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.jobs }),
    onError: sayError,
  });
  const word = jobKindWord[job.kind];
  const name = word ? t(word) : job.kind;
  const busy = job.state === "queued" || job.state === "running";
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm">{name}</Text>
      </Table.Td>
      <Table.Td miw={140}>
        <StateBadge state={job.state} label={t(jobWord[job.state])} />
        {job.state === "running" ? <Progress size="sm" mt={6} value={job.progress * 100} aria-label={name} /> : null}
      </Table.Td>
      <Table.Td maw={420} style={{ overflowWrap: "anywhere" }}>
        <Text size="sm">{job.message}</Text>
        {job.error ? (
          <Text size="xs" c="var(--vg-bad)">
            {job.error}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td ta="right">
        {busy ? (
          <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("cancel")}
          </Button>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
