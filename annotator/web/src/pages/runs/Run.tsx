// One training: where it is, its loss while it runs, its files' origin, and its evaluations.
import { Alert, Button, Code, Group, Progress, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { cancelRun, startEvaluation } from "../../api/actions";
import { useEvents } from "../../api/events";
import { keys } from "../../api/keys";
import { evaluationsQuery, metricsQuery, runQuery } from "../../api/queries";
import type { Evaluation, Metric, Run as Training } from "../../api/types";
import { useT } from "../../i18n";
import { formatNumber, formatWhen } from "../../ui/format";
import { TextLink } from "../../ui/links";
import { Rows } from "../../ui/Listing";
import { Empty, Loaded, Page, Panel } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { sayError } from "../../ui/toast";
import { jobWord } from "../words";
import { LossChart } from "./LossChart";
import { scoresOf } from "./scores";

const active = (state: string | undefined) => state === "queued" || state === "running";

export function Run() {
  const t = useT();
  const { runId } = useParams({ from: "/inside/shell/runs/$runId" });
  const client = useQueryClient();
  const query = useQuery({ ...runQuery(runId), refetchInterval: ({ state }) => (active(state.data?.state) ? 3000 : false) });
  const busy = active(query.data?.state);
  const metrics = useQuery({ ...metricsQuery(runId), refetchInterval: busy ? 3000 : false });
  useEvents(busy ? [`run:${runId}`] : [], ({ name }) => {
    void client.invalidateQueries({ queryKey: name === "metrics" ? keys.metrics(runId) : keys.run(runId) });
  });
  const cancel = useMutation({
    mutationFn: () => cancelRun(runId),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.run(runId) }),
    onError: sayError,
  });
  const stop = busy ? (
    <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      {t("stop")}
    </Button>
  ) : null;
  return (
    <Page title={query.data ? query.data.recipe : t("runs.run")} actions={stop}>
      <Loaded query={query}>
        {(run) => (
          <Stack>
            <Status run={run} />
            <Panel title={t("runs.loss")}>
              <Loaded query={metrics} rows={2}>
                {(page) =>
                  page.items.length ? (
                    <LossChart points={page.items} />
                  ) : (
                    <Empty title={t("runs.noMetrics")} next={t(busy ? "runs.noMetricsYet" : "runs.noMetricsEver")} />
                  )
                }
              </Loaded>
              {metrics.data?.items.length ? <Ends points={metrics.data.items} /> : null}
            </Panel>
            <Evaluations run={run} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Status({ run }: { run: Training }) {
  const t = useT();
  const { step, steps, message } = run.status;
  return (
    <Panel>
      <Group justify="space-between">
        <div>
          <TextLink
            to="/projects/$projectId/releases/$releaseId"
            params={{ projectId: run.release.project_id, releaseId: run.release.id }}
          >
            #{run.release.number} {run.release.name}
          </TextLink>
          <Text size="sm" c="dimmed">
            {formatWhen(run.created_at)}
          </Text>
        </div>
        <StateBadge state={run.state} label={t(jobWord[run.state])} />
      </Group>
      {steps ? (
        <>
          <Progress mt="sm" value={((step ?? 0) / steps) * 100} aria-label={t("runs.progress", { step: step ?? 0, steps })} />
          <Text size="xs" c="dimmed" mt={4}>
            {t("runs.progress", { step: step ?? 0, steps })}
          </Text>
        </>
      ) : null}
      {message && run.state !== "done" ? (
        <Alert mt="sm" p="xs" variant="light" color={run.state === "failed" ? "red" : "gray"}>
          {message}
        </Alert>
      ) : null}
    </Panel>
  );
}

function Ends({ points }: { points: readonly Metric[] }) {
  const t = useT();
  const shown = [points[0], points.at(-1)].filter((point) => point !== undefined);
  return (
    <Rows columns={[{ label: t("runs.step"), ta: "right" }, { label: t("runs.loss"), ta: "right" }]} spacing="xs" w="auto">
      {shown.map((point, index) => (
        <Table.Tr key={index}>
          <Table.Td ta="right">{point.step}</Table.Td>
          <Table.Td ta="right">{formatNumber(point.loss, 4)}</Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}

function Evaluations({ run }: { run: Training }) {
  const t = useT();
  const client = useQueryClient();
  const evaluations = useQuery({
    ...evaluationsQuery(run.id),
    refetchInterval: ({ state }) => (state.data?.items.some((evaluation) => active(evaluation.state)) ? 3000 : false),
  });
  const start = useMutation({
    mutationFn: () => startEvaluation(run.id, "test"),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.evaluations(run.id) }),
    onError: sayError,
  });
  return (
    <Panel
      title={t("evaluations.title")}
      actions={
        <Button size="xs" disabled={run.state !== "done"} loading={start.isPending} onClick={() => start.mutate()}>
          {t("evaluations.start")}
        </Button>
      }
    >
      <Loaded query={evaluations} rows={1}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("evaluations.none")} next={t(run.state === "done" ? "evaluations.noneNext" : "evaluations.noneYet")} />
          ) : (
            <Stack>
              {page.items.map((evaluation) => (
                <Report key={evaluation.id} evaluation={evaluation} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Report({ evaluation }: { evaluation: Evaluation }) {
  const t = useT();
  const scores = scoresOf(evaluation.report);
  return (
    <div>
      <Group gap="sm" mb="xs">
        <StateBadge state={evaluation.state} label={t(jobWord[evaluation.state])} />
        <Text size="sm">{t("evaluations.split", { split: evaluation.split })}</Text>
      </Group>
      {scores.length ? (
        <Rows
          columns={[
            t("evaluations.task"),
            t("evaluations.measure"),
            { label: t("evaluations.value"), ta: "right" },
            t("evaluations.note"),
          ]}
          spacing="xs"
        >
          {scores.map((score) => (
            <Table.Tr key={`${score.task}/${score.measure}`}>
              <Table.Td>{score.task}</Table.Td>
              <Table.Td ff="monospace">{score.measure}</Table.Td>
              <Table.Td ta="right" ff="monospace">
                {formatNumber(score.value, 4)}
              </Table.Td>
              <Table.Td>
                <Text size="xs" c="dimmed">
                  {score.note}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      ) : evaluation.report ? (
        <Code block>{JSON.stringify(evaluation.report, null, 2)}</Code>
      ) : null}
    </div>
  );
}
