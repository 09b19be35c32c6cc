// One release: its hash, its files, and starting a training from it.
import { Button, Code, CopyButton, Group, Progress, Select, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { startRun } from "../../api/actions";
import { cancelJob, retryJob } from "../../api/background";
import { useEvents } from "../../api/events";
import { keys } from "../../api/keys";
import { releaseQuery, systemQuery } from "../../api/queries";
import type { Release as Released } from "../../api/types";
import { useT } from "../../i18n";
import { told } from "../../i18n/told";
import { fieldError, FormError } from "../../ui/FormError";
import { formatBytes, formatNumber } from "../../ui/format";
import { Rows } from "../../ui/Listing";
import { ErrorNote, Loaded, Panel } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { sayError } from "../../ui/toast";
import { releaseWord } from "../words";
import classes from "./Projects.module.css";
import { ReleaseAsked } from "./ReleaseAsked";
import { ReleaseDiff } from "./ReleaseDiff";
import { ReleaseDownload } from "./ReleaseDownload";
import { ReleaseProblems } from "./ReleaseProblems";
import { ReleaseSay } from "./ReleaseSay";
import { Counts } from "./Releases";
import { ReleaseWithdrawn } from "./ReleaseWithdrawn";

export function Release() {
  const t = useT();
  const { releaseId } = useParams({ from: "/inside/shell/projects/$projectId/releases/$releaseId" });
  const client = useQueryClient();
  const query = useQuery({
    ...releaseQuery(releaseId),
    refetchInterval: (current) => (current.state.data?.state === "building" ? 2000 : false),
  });
  const release = query.data;
  const topics = release?.state === "building" ? [`release:${releaseId}`, ...(release.job ? [`job:${release.job.id}`] : [])] : [];
  useEvents(topics, () => void client.invalidateQueries({ queryKey: keys.release(releaseId) }));
  return (
    <Loaded query={query}>
      {(loaded) => (
        <Stack>
          <Panel
            title={`#${loaded.number} ${loaded.name}`}
            actions={
              <>
                <BuildAction release={loaded} />
                <StateBadge state={loaded.state} label={t(releaseWord[loaded.state])} />
              </>
            }
          >
            {loaded.state === "building" && loaded.job ? (
              <>
                <Progress value={loaded.job.fraction * 100} aria-label={t("release.building")} />
                <Text size="xs" c="dimmed" mt={4}>
                  {told(loaded.job.message)}
                </Text>
              </>
            ) : null}
            {loaded.error ? <ErrorNote error={new Error(told(loaded.error))} /> : null}
            {loaded.deprecated_why && !loaded.deleted_at ? (
              <Text size="sm" c="var(--vg-bad)" mb="xs">
                {t("release.deprecated", { why: loaded.deprecated_why })}
              </Text>
            ) : null}
            {loaded.manifest_sha256 ? <Hash hash={loaded.manifest_sha256} id={loaded.id} /> : null}
            <Counts counts={loaded.counts} />
            {loaded.licence ? <Text size="sm">{t("release.licence", { licence: loaded.licence })}</Text> : null}
            {loaded.deleted_why ? <ErrorNote error={new Error(t("release.deleted", { why: loaded.deleted_why }))} /> : null}
          </Panel>
          {loaded.state === "ready" ? <ReleaseWithdrawn releaseId={loaded.id} /> : null}
          {loaded.problems ? <ReleaseProblems releaseId={loaded.id} count={loaded.problems} /> : null}
          <ReleaseAsked release={loaded} />
          {loaded.state === "ready" && !loaded.deleted_at ? (
            <>
              <ReleaseDownload releaseId={loaded.id} number={loaded.number} />
              <Train release={loaded} />
            </>
          ) : null}
          {loaded.state === "ready" ? <ReleaseDiff release={loaded} /> : null}
          {loaded.state !== "building" && !loaded.deleted_at ? <ReleaseSay release={loaded} /> : null}
          {loaded.files.length ? <Files release={loaded} /> : null}
        </Stack>
      )}
    </Loaded>
  );
}

/** Stopping a build, or trying one again that failed or was stopped: what is selected is pinned anew then. */
function BuildAction({ release: { id, job, state, deleted_at: deleted } }: { release: Released }) {
  const t = useT();
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (jobId: string) => (state === "building" ? cancelJob(jobId) : retryJob(jobId)),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.release(id) }),
    onError: sayError,
  });
  if (!job || deleted || state === "ready") return null;
  return (
    <Button size="compact-sm" variant="default" loading={act.isPending} onClick={() => act.mutate(job.id)}>
      {t(state === "building" ? "cancel" : "retry")}
    </Button>
  );
}

function Hash({ hash, id }: { hash: string; id: string }) {
  const t = useT();
  return (
    <Group gap="sm" mb="sm">
      <Text size="sm">{t("release.manifest")}</Text>
      <Code className={classes["mono"] ?? ""}>{hash}</Code>
      <CopyButton value={hash}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy}>
            {t(copied ? "copied" : "copy")}
          </Button>
        )}
      </CopyButton>
      <Button size="compact-xs" variant="default" component="a" href={`/api/releases/${id}/manifest.json`} download>
        {t("download")}
      </Button>
    </Group>
  );
}

function Files({ release }: { release: Released }) {
  const t = useT();
  return (
    <Panel title={t("release.files")}>
      <Rows
        columns={[
          t("release.file"),
          { label: t("release.rows"), ta: "right" },
          { label: t("videos.size"), ta: "right" },
          t("release.hash"),
        ]}
        spacing="xs"
      >
        {release.files.map((file) => (
          <Table.Tr key={file.path}>
            <Table.Td>
              <a
                className={classes["mono"]}
                style={{ color: "var(--vg-accent)" }}
                href={`/api/releases/${release.id}/files/${file.path.split("/").map(encodeURIComponent).join("/")}`}
                download
              >
                {file.path}
              </a>
            </Table.Td>
            <Table.Td ta="right">{file.rows === null ? "–" : formatNumber(file.rows)}</Table.Td>
            <Table.Td ta="right">{formatBytes(file.bytes)}</Table.Td>
            <Table.Td>
              <span className={classes["mono"]} title={file.sha256}>
                {file.sha256.slice(0, 12)}
              </span>
            </Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Panel>
  );
}

function Train({ release }: { release: Released }) {
  const t = useT();
  const navigate = useNavigate();
  const { data: system } = useQuery(systemQuery);
  const recipes = system?.recipes ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const recipe = chosen ?? recipes[0] ?? null;
  const start = useMutation({
    mutationFn: (name: string) => startRun({ release_id: release.id, recipe: name }),
    onSuccess: (run) => navigate({ to: "/runs/$runId", params: { runId: run.id } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (recipe) start.mutate(recipe);
  };
  return (
    <Panel title={t("runs.start")}>
      <form onSubmit={submit}>
        <FormError error={start.error} fields={["recipe"]} />
        <Group align="flex-start">
          <Select
            label={t("runs.recipe")}
            description={t("runs.recipeAbout")}
            w={320}
            allowDeselect={false}
            value={recipe}
            onChange={setChosen}
            data={[...recipes]}
            error={fieldError(start.error, "recipe")}
          />
          <Button type="submit" mt={25} disabled={!recipe} loading={start.isPending}>
            {t("runs.startButton")}
          </Button>
        </Group>
      </form>
    </Panel>
  );
}
