// All trainings I may see, newest first.
import { Progress, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { runsQuery } from "../../api/queries";
import { useT } from "../../i18n";
import { formatNumber, formatWhen } from "../../ui/format";
import { TextLink } from "../../ui/links";
import { Listing } from "../../ui/Listing";
import { Page } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { jobWord } from "../words";

export function Runs() {
  const t = useT();
  const runs = useQuery({
    ...runsQuery,
    refetchInterval: (query) => (query.state.data?.items.some((run) => run.state === "running" || run.state === "queued") ? 3000 : false),
  });
  return (
    <Page title={t("runs.title")} about={t("runs.about")}>
      <Listing
        query={runs}
        items={runs.data?.items ?? []}
        none={{ title: t("runs.none"), next: t("runs.noneNext") }}
        columns={[t("runs.run"), t("releases.release"), t("state"), { label: t("runs.loss"), ta: "right" }]}
        row={(run) => (
          <Table.Tr key={run.id}>
            <Table.Td>
              <TextLink to="/runs/$runId" params={{ runId: run.id }} fw={550}>
                {run.recipe}
              </TextLink>
              <Text size="xs" c="dimmed">
                {formatWhen(run.created_at)}
              </Text>
            </Table.Td>
            <Table.Td>
              #{run.release.number} {run.release.name}
            </Table.Td>
            <Table.Td miw={200}>
              <StateBadge state={run.state} label={t(jobWord[run.state])} />
              {run.state === "running" && run.status.steps ? (
                <Progress
                  mt={6}
                  size="sm"
                  value={((run.status.step ?? 0) / run.status.steps) * 100}
                  aria-label={t("runs.progress", { step: run.status.step ?? 0, steps: run.status.steps })}
                />
              ) : null}
            </Table.Td>
            <Table.Td ta="right" ff="monospace">
              {typeof run.status.loss === "number" ? formatNumber(run.status.loss, 4) : "–"}
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Page>
  );
}
