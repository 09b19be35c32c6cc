// How a project's work goes, as far as it is recorded: pace, active time, what reviewers said, and what masks cost.
import { Stack, Table, Text } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "../../api/client";
import { unwrap } from "../../api/error";
import type { components } from "../../api/schema.gen";
import { useT } from "../../i18n";
import { reasonText } from "../../review/reasons";
import { formatNumber, formatShare } from "../../ui/format";
import { Rows } from "../../ui/Listing";
import { Empty, Loaded, Panel } from "../../ui/Page";
import { taskWord } from "../words";
import { Effort } from "./Effort";
import { useProject } from "./ProjectFrame";

type Told = components["schemas"]["QualityOut"];
type Line = Told["people"][number];

const qualityQuery = (project_id: string) =>
  queryOptions({
    queryKey: ["projects", project_id, "quality"],
    queryFn: () => unwrap<Told>(api.GET("/api/projects/{project_id}/quality", { params: { path: { project_id } } })),
  });

export function Quality() {
  const t = useT();
  const project = useProject();
  const quality = useQuery(qualityQuery(project.id));
  return (
    <Stack gap="md">
      <Loaded query={quality} rows={4}>
        {(told) =>
          told.people.length === 0 ? (
            <Empty title={t("quality.none")} next={t("quality.noneNext")} />
          ) : (
            <>
              <Panel title={t("quality.people")}>
                <Text size="sm" c="dimmed" mb="sm">
                  {t("quality.peopleAbout")}
                </Text>
                <Rows
                  spacing="xs"
                  minWidth={640}
                  columns={[
                    t("quality.person"),
                    t("quality.step"),
                    { label: t("quality.done"), ta: "right" },
                    { label: t("quality.pace"), ta: "right" },
                    { label: t("quality.hours"), ta: "right" },
                    { label: t("quality.accepted"), ta: "right" },
                    { label: t("quality.returned"), ta: "right" },
                    { label: t("quality.acceptedShare"), ta: "right" },
                  ]}
                >
                  {told.people.map((line) => (
                    <Person key={line.person_id + line.kind} line={line} />
                  ))}
                </Rows>
              </Panel>
              <Panel title={t("quality.reasons")}>
                {told.reasons.length === 0 ? (
                  <Text size="sm" c="dimmed">
                    {t("quality.noReasons")}
                  </Text>
                ) : (
                  <Rows spacing="xs" w="auto" columns={[t("quality.reason"), { label: t("quality.times"), ta: "right" }]}>
                    {told.reasons.map(({ reason, count }) => (
                      <Table.Tr key={reason}>
                        <Table.Td>{reasonText(t, reason)}</Table.Td>
                        <Table.Td ta="right">{formatNumber(count)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Rows>
                )}
              </Panel>
            </>
          )
        }
      </Loaded>
      {project.kind === "stc" ? <Effort project={project} /> : null}
      <Text size="sm" c="dimmed">
        {t("quality.later")}
      </Text>
    </Stack>
  );
}

function Person({ line }: { readonly line: Line }) {
  const t = useT();
  const judged = line.accepted + line.returned;
  const seconds = line.tasks ? line.active_seconds / line.tasks : 0;
  return (
    <Table.Tr>
      <Table.Td>{line.name}</Table.Td>
      <Table.Td>{t(taskWord[line.kind])}</Table.Td>
      <Table.Td ta="right">{formatNumber(line.tasks)}</Table.Td>
      <Table.Td ta="right">{t("quality.minutes", { minutes: formatNumber(seconds / 60, 1) })}</Table.Td>
      <Table.Td ta="right">{t("quality.hoursOf", { hours: formatNumber(line.active_seconds / 3600, 1) })}</Table.Td>
      <Table.Td ta="right">{formatNumber(line.accepted)}</Table.Td>
      <Table.Td ta="right">{formatNumber(line.returned)}</Table.Td>
      <Table.Td ta="right">{judged === 0 ? "–" : formatShare(line.accepted / judged)}</Table.Td>
    </Table.Tr>
  );
}
