// Background work (admin): who works, what waits where, what runs, what failed and why; try again, cancel.
import { Checkbox, Group, Select, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type JobFilter, jobsQuery } from "../../api/background";
import type { JobState } from "../../api/types";
import { useT } from "../../i18n";
import { itemsOf, Listing } from "../../ui/Listing";
import { Page, Panel } from "../../ui/Page";
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
  const items = itemsOf(jobs.data);
  const filtered = filter.state !== undefined || filter.kind !== undefined;
  return (
    <Stack>
      <Filters filter={filter} onChange={setFilter} />
      <Listing
        query={jobs}
        items={items}
        none={{ title: t(filtered ? "jobs.noneFiltered" : "jobs.none"), next: t(filtered ? "jobs.noneFilteredNext" : "jobs.noneNext") }}
        columns={[t("jobs.job"), t("state"), t("jobs.message"), t("jobs.asked")]}
        actions
        spacing="xs"
        minWidth={640}
        row={(job) => <JobRow key={job.id} job={job} />}
      />
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
