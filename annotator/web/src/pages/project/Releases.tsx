// Releases of a project: what a new one would hold, building it, and all that were built.
import { Button, Checkbox, Group, Progress, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { buildRelease } from "../../api/actions";
import { useEvents } from "../../api/events";
import { keys } from "../../api/keys";
import { releasePreviewQuery, releasesQuery } from "../../api/queries";
import { QUESTION_TYPES, type Release, type ReleasePreview, type ReleaseRule } from "../../api/types";
import { type MessageKey, useT } from "../../i18n";
import { told } from "../../i18n/told";
import { fieldError, FormError } from "../../ui/FormError";
import { formatNumber, formatWhen } from "../../ui/format";
import { TextLink } from "../../ui/links";
import { Listing } from "../../ui/Listing";
import { Panel } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { tooLong } from "../../ui/tooLong";
import { releaseWord } from "../words";
import { ShareInput } from "./fields";
import { useProject } from "./ProjectFrame";
import { daysCross, RuleFields } from "./RuleFields";

export function Releases() {
  const t = useT();
  const project = useProject();
  const client = useQueryClient();
  const releases = useQuery({
    ...releasesQuery(project.id),
    refetchInterval: (query) => (query.state.data?.items.some((release) => release.state === "building") ? 2000 : false),
  });
  const refresh = () => void client.invalidateQueries({ queryKey: keys.releases(project.id) });
  const building = releases.data?.items.filter((release) => release.state === "building") ?? [];
  useEvents(building.flatMap((release) => [`release:${release.id}`, ...(release.job ? [`job:${release.job.id}`] : [])]), refresh);
  return (
    <Stack>
      <Build projectId={project.id} fgqa={project.kind === "fgqa"} earlier={releases.data?.items ?? []} />
      <Listing
        query={releases}
        items={releases.data?.items ?? []}
        none={{ title: t("releases.none"), next: t("releases.noneNext") }}
        columns={[t("releases.release"), t("state"), t("releases.holds"), t("releases.made")]}
        row={(release) => (
          <Table.Tr key={release.id}>
            <Table.Td>
              <TextLink
                to="/projects/$projectId/releases/$releaseId"
                params={{ projectId: project.id, releaseId: release.id }}
                fw={550}
              >
                #{release.number} {release.name}
              </TextLink>
            </Table.Td>
            <Table.Td miw={200}>
              <StateBadge state={release.state} label={t(releaseWord[release.state])} />
              {release.job && release.state === "building" ? (
                <>
                  <Progress value={release.job.fraction * 100} size="sm" mt={6} aria-label={t("release.building")} />
                  <Text size="xs" c="dimmed" mt={4}>
                    {told(release.job.message)}
                  </Text>
                </>
              ) : null}
              {release.deleted_at || release.deprecated_why ? (
                <Text size="xs" c="dimmed">
                  {t(release.deleted_at ? "release.isDeleted" : "release.isDeprecated")}
                </Text>
              ) : null}
              {release.error ? (
                <Text size="xs" c="var(--vg-bad)">
                  {told(release.error)}
                </Text>
              ) : null}
            </Table.Td>
            <Table.Td>
              <Counts counts={release.counts} />
            </Table.Td>
            <Table.Td>{formatWhen(release.created_at)}</Table.Td>
          </Table.Tr>
        )}
      />
    </Stack>
  );
}

const COUNTED: Readonly<Record<string, MessageKey>> = {
  videos: "project.videos",
  masklets: "releases.masklets",
  documents: "releases.documents",
  captions: "task.stc_caption",
  answers: "task.fgqa_answer",
  alike_across_splits: "releases.alike",
  annotators_across_splits: "releases.annotatorsAcross",
};

/** What a release holds; its benchmark files go by their own names. */
export function Counts({ counts }: { counts: Readonly<Record<string, unknown>> | null }) {
  const t = useT();
  const numbers = Object.entries(counts ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] > 0);
  if (numbers.length === 0) return <>–</>;
  return (
    <Text size="sm">
      {numbers.map(([name, value]) => `${COUNTED[name] ? t(COUNTED[name]) : name} ${formatNumber(value)}`).join(" · ")}
    </Text>
  );
}

function Build({ projectId, fgqa, earlier }: { projectId: string; fgqa: boolean; earlier: readonly Release[] }) {
  const t = useT();
  const client = useQueryClient();
  const [rule, setRule] = useState<ReleaseRule>({});
  const [licence, setLicence] = useState("");
  const [since, setSince] = useState<string | null>(null);
  // The server counts one at a time: not for each word that is typed, nor what the field refuses already.
  const [settled] = useDebouncedValue(rule, 300);
  const preview = useQuery({ ...releasePreviewQuery(projectId, settled, since), enabled: !daysCross(settled) });
  const [name, setName] = useState("");
  const [share, setShare] = useState(20);
  const [apart, setApart] = useState(false);
  const build = useMutation({
    mutationFn: () =>
      buildRelease(projectId, {
        ...(name.trim() ? { name: name.trim() } : {}),
        ...(since ? { since } : {}),
        test_share: share / 100,
        split_by_annotator: apart,
        rule,
        licence: licence.trim(),
      }),
    onSuccess: async () => {
      setName("");
      await client.invalidateQueries({ queryKey: keys.releases(projectId) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    build.mutate();
  };
  const held = preview.data;
  const empty = held !== undefined && held.masklets + held.captions + held.answers === 0;
  const asked =
    since !== null ||
    Object.values(rule).some((each) => (Array.isArray(each) ? each.length > 0 : each && each !== "anybody" && each !== "accepted"));
  const nothing = asked ? "releases.nothingMeets" : "releases.nothing";
  const summary = ({ masklets, captions, answers, videos }: ReleasePreview) =>
    t(empty ? nothing : "releases.preview", { masklets, captions, answers, videos });
  return (
    <Panel title={t("releases.build")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {held ? summary(held) : preview.error ? null : t("loading")} {held && !held.exact ? t("releases.estimated") : null}
          </Text>
          {held && !empty ? <PreviewDetails held={held} /> : null}
          {held?.faulty ? (
            <Text size="sm" c="var(--vg-bad)">
              {t("releases.faulty", { count: held.faulty })}{" "}
              {held.problems.slice(0, 5).map((problem) => (
                <TextLink key={problem.document_id} to="/work/$taskId" params={{ taskId: problem.task_id }} mr={6}>
                  {problem.document_id.slice(-8)}
                </TextLink>
              ))}
            </Text>
          ) : null}
          <FormError error={build.error ?? preview.error} fields={["name", "test_share", "licence", "since"]} />
          <RuleFields projectId={projectId} fgqa={fgqa} rule={rule} onChange={setRule} />
          <Group align="flex-start">
            <TextInput
              label={t("releases.licence")}
              placeholder="CC-BY-4.0"
              w={300}
              value={licence}
              onChange={(event) => setLicence(event.currentTarget.value)}
              error={tooLong(licence, 200) ?? fieldError(build.error, "licence")}
            />
            <Select
              label={t("releases.since")}
              placeholder={t("releases.sinceNone")}
              clearable
              w={300}
              value={since}
              onChange={setSince}
              data={earlier
                .filter((each) => each.state === "ready")
                .map((each) => ({ value: each.id, label: `#${each.number} ${each.name}` }))}
              error={fieldError(build.error, "since")}
            />
          </Group>
          <Group align="flex-start">
            <TextInput
              label={t("releases.name")}
              placeholder={t("releases.namePlaceholder")}
              w={300}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={tooLong(name, 100) ?? fieldError(build.error, "name")}
            />
            <ShareInput
              label={t("releases.testShare")}
              description={t("releases.testShareAbout")}
              max={90}
              w={300}
              value={share}
              onChange={setShare}
              error={fieldError(build.error, "test_share")}
            />
            <Checkbox
              label={t("releases.byAnnotator")}
              description={t("releases.byAnnotatorAbout")}
              maw={250}
              mt={25}
              checked={apart}
              onChange={(event) => setApart(event.currentTarget.checked)}
            />
            <Button type="submit" mt={25} loading={build.isPending} disabled={empty || daysCross(rule)}>
              {t("releases.build")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

/** Which sides the videos have, and how many questions there are of each type. */
function PreviewDetails({ held }: { held: ReleasePreview }) {
  const t = useT();
  const { train = 0, test = 0, new: fresh = 0 } = held.splits;
  const types = QUESTION_TYPES.filter((type) => held.q_types[type]);
  return (
    <Text size="xs" c="dimmed" component="div">
      <div>{t("releases.splits", { train, test, fresh })}</div>
      {types.length ? (
        <div>
          {t("releases.types", { types: types.map((type) => `${t(`type.${type}`)} ${formatNumber(held.q_types[type] ?? 0)}`).join(" · ") })}
        </div>
      ) : null}
    </Text>
  );
}
