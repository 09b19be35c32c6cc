// Background work (admin): who works, what waits where, what runs, what failed and why; try again, cancel.
import { Button, Checkbox, Group, Select, Stack, Table } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type JobFilter, jobsQuery } from "../../api/background";
import type { JobState } from "../../api/types";
import { useT } from "../../i18n";
import { Empty, Loaded, Page, Panel } from "../../ui/Page";
import { jobKindWord, jobWord } from "../words";
import { JobRow } from "./JobRow";
import { Lanes } from "./Lanes";
import { Workers } from "./Workers";

const STATES = Object.keys(jobWord) as JobState[];

export function Jobs() {
  const t = useT();
  return (
    <Page title={t("jobs.title")} about={t("jobs.about")}>
      <Stack gap="lg">
        <Panel title={t("jobs.workers")}>
          <Workers />
        </Panel>
        <Panel title={t("jobs.lanes")}>
          <Lanes />
        </Panel>
        <Panel title={t("jobs.list")}>
          <JobList />
        </Panel>
      </Stack>
    </Page>
  );
}

function JobList() {
  const t = useT();
  const [filter, setFilter] = useState<JobFilter>({ housekeeping: false });
  const jobs = useInfiniteQuery(jobsQuery(filter));
  const items = jobs.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = filter.state !== undefined || filter.kind !== undefined;
  return (
    <Stack>
      <Filters filter={filter} onChange={setFilter} />
      <Loaded query={jobs}>
        {() =>
          items.length === 0 ? (
            <Empty title={t(filtered ? "jobs.noneFiltered" : "jobs.none")} next={t(filtered ? "jobs.noneFilteredNext" : "jobs.noneNext")} />
          ) : (
            <Table.ScrollContainer minWidth={640}>
              <Table verticalSpacing="xs">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("jobs.job")}</Table.Th>
                    <Table.Th>{t("state")}</Table.Th>
                    <Table.Th>{t("jobs.message")}</Table.Th>
                    <Table.Th>{t("jobs.asked")}</Table.Th>
                    <Table.Th>
                      <span className="vg-visually-hidden">{t("actions")}</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((job) => (
                    <JobRow key={job.id} job={job} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
      {jobs.hasNextPage ? (
        <Button variant="default" loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
          {t("more")}
        </Button>
      ) : null}
    </Stack>
  );
}

function Filters({ filter, onChange }: { filter: JobFilter; onChange: (filter: JobFilter) => void }) {
  const t = useT();
  const { state, kind, housekeeping } = filter;
  return (
    <Group align="flex-end">
      <Select
        label={t("state")}
        placeholder={t("jobs.any")}
        data={STATES.map((value) => ({ value, label: t(jobWord[value]) }))}
        value={state ?? null}
        clearable
        onChange={(value) => onChange({ ...(kind ? { kind } : {}), housekeeping, ...(value ? { state: value as JobState } : {}) })}
      />
      <Select
        label={t("jobs.job")}
        placeholder={t("jobs.any")}
        data={Object.entries(jobKindWord).map(([value, word]) => ({ value, label: t(word) }))}
        value={kind ?? null}
        clearable
        onChange={(value) => onChange({ ...(state ? { state } : {}), housekeeping, ...(value ? { kind: value } : {}) })}
      />
      <Checkbox
        mb={8}
        label={t("jobs.housekeeping")}
        checked={housekeeping}
        onChange={(event) => onChange({ ...filter, housekeeping: event.currentTarget.checked })}
      />
    </Group>
  );
}
