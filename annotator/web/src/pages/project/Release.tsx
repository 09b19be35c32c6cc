// One release: its hash, its files, and starting a training from it.
import { Button, Code, CopyButton, Group, Progress, Select, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { startRun } from "../../api/actions";
import { useEvents } from "../../api/events";
import { keys } from "../../api/keys";
import { releaseQuery, systemQuery } from "../../api/queries";
import type { Release as Released } from "../../api/types";
import { useT } from "../../i18n";
import { fieldError, FormError } from "../../ui/FormError";
import { formatBytes, formatNumber } from "../../ui/format";
import { Rows } from "../../ui/Listing";
import { ErrorNote, Loaded, Panel } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { releaseWord } from "../words";
import classes from "./Projects.module.css";
import { ReleaseProblems } from "./ReleaseProblems";
import { ReleaseSay } from "./ReleaseSay";
import { Counts } from "./Releases";

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
            actions={<StateBadge state={loaded.state} label={t(releaseWord[loaded.state])} />}
          >
            {loaded.state === "building" && loaded.job ? (
              <Progress value={loaded.job.fraction * 100} aria-label={t("release.building")} />
            ) : null}
            {loaded.error ? <ErrorNote error={new Error(loaded.error)} /> : null}
            {loaded.manifest_sha256 ? <Hash hash={loaded.manifest_sha256} id={loaded.id} /> : null}
            <Counts counts={loaded.counts} />
            {loaded.licence ? <Text size="sm">{t("release.licence", { licence: loaded.licence })}</Text> : null}
            {loaded.deleted_why ? <ErrorNote error={new Error(t("release.deleted", { why: loaded.deleted_why }))} /> : null}
          </Panel>
          {loaded.problems ? <ReleaseProblems releaseId={loaded.id} count={loaded.problems} /> : null}
          {loaded.state === "ready" && !loaded.deleted_at ? <Train release={loaded} /> : null}
          {loaded.state === "ready" && !loaded.deleted_at ? <ReleaseSay release={loaded} /> : null}
          {loaded.files.length ? <Files release={loaded} /> : null}
        </Stack>
      )}
    </Loaded>
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
