// A project at a glance: what is done and waits, its guideline, and its settings for leads.
import { Button, Checkbox, Group, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeProject, writeGuideline } from "../../api/actions";
import { keys } from "../../api/keys";
import { guidelineQuery } from "../../api/queries";
import type { Guideline, Project } from "../../api/types";
import { useT } from "../../i18n";
import { Form } from "../../ui/Form";
import { fieldError, FormError } from "../../ui/FormError";
import { formatWhen } from "../../ui/format";
import { ButtonLink } from "../../ui/links";
import { Markdown } from "../../ui/Markdown";
import { Empty, Loaded, Panel } from "../../ui/Page";
import { say } from "../../ui/toast";
import { atLeast } from "../words";
import { Assignment } from "./Assignment";
import { Effort } from "./Effort";
import { ShareInput } from "./fields";
import { useProject } from "./ProjectFrame";
import classes from "./Projects.module.css";
import { Storage } from "./Storage";

export function Overview() {
  const t = useT();
  const project = useProject();
  const lead = atLeast(project.my_role, "lead");
  const { counts } = project;
  return (
    <>
      {counts.videos === 0 && lead ? (
        <Empty
          title={t("project.firstStep")}
          next={t(project.kind === "stc" ? "project.firstStepStc" : "project.firstStepFgqa")}
          action={
            <ButtonLink to="/projects/$projectId/videos" params={{ projectId: project.id }}>
              {t("videos.add")}
            </ButtonLink>
          }
        />
      ) : (
        <SimpleGrid cols={{ base: 2, sm: 5 }} component="dl" m={0}>
          <Tile label={t("project.videos")} value={counts.videos} />
          <Tile label={t("task.state.ready")} value={counts.tasks_ready} />
          <Tile label={t("task.state.leased")} value={counts.tasks_leased} />
          <Tile label={t("task.state.submitted")} value={counts.tasks_submitted} />
          <Tile label={t("task.state.accepted")} value={counts.tasks_accepted} />
        </SimpleGrid>
      )}
      <Stack mt="lg" gap="md">
        <GuidelinePanel project={project} mayWrite={lead} />
        {lead ? <Settings key={project.id} project={project} /> : null}
        {lead ? <Assignment key={`${project.id}-give`} project={project} /> : null}
        {lead && project.kind === "stc" ? <Effort project={project} /> : null}
        {lead ? <Storage key={`${project.id}-storage`} project={project} /> : null}
      </Stack>
    </>
  );
}

function Tile({ label, value }: { label: string; value: number }) {
  return (
    <div className={classes["card"]}>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="dd" m={0} fz={26} fw={650} style={{ fontVariantNumeric: "tabular-nums" }}>
        {value}
      </Text>
    </div>
  );
}

function GuidelinePanel({ project, mayWrite }: { project: Project; mayWrite: boolean }) {
  const t = useT();
  const [chosen, setChosen] = useState<number | null>(null);
  const guideline = useQuery(guidelineQuery(project.id, chosen ?? undefined));
  const newest = project.guideline_version;
  const [editing, setEditing] = useState(false);
  const edit =
    mayWrite && !editing && guideline.data && chosen === null ? (
      <Button size="xs" variant="default" onClick={() => setEditing(true)}>
        {t("guideline.edit")}
      </Button>
    ) : null;
  return (
    <Panel
      title={t("guideline.title")}
      actions={
        <>
          {newest > 1 && !editing ? (
            <Select
              size="xs"
              w={130}
              aria-label={t("guideline.which")}
              allowDeselect={false}
              value={String(chosen ?? newest)}
              onChange={(value) => setChosen(value === null || Number(value) === newest ? null : Number(value))}
              data={Array.from({ length: Math.min(newest, 50) }, (_, back) => ({
                value: String(newest - back),
                label: t("guideline.versionShort", { version: String(newest - back) }),
              }))}
            />
          ) : null}
          {edit}
        </>
      }
    >
      <Loaded query={guideline} rows={2}>
        {(current) =>
          editing ? (
            <EditGuideline project={project} current={current} onDone={() => setEditing(false)} />
          ) : (
            <>
              <Text size="xs" c="dimmed" mb="xs">
                {current.created_at
                  ? t("guideline.version", { version: current.version, when: formatWhen(current.created_at) })
                  : null}
              </Text>
              {current.text.trim() ? (
                <Markdown text={current.text} />
              ) : (
                <Text size="sm" c="dimmed">
                  {t(mayWrite ? "guideline.noneLead" : "guideline.none")}
                </Text>
              )}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function EditGuideline({ project, current, onDone }: { project: Project; current: Guideline; onDone: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [text, setText] = useState(current.text);
  const write = useMutation({
    mutationFn: () => writeGuideline(project.id, text),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.project(project.id) });
      onDone();
    },
  });
  return (
    <Stack gap="sm">
      <Textarea
        label={t("guideline.text")}
        description={t("guideline.about")}
        autosize
        minRows={8}
        autoFocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={fieldError(write.error, "text")}
      />
      <FormError error={write.error} fields={["text"]} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t("cancel")}
        </Button>
        <Button loading={write.isPending} disabled={text === current.text} onClick={() => write.mutate()}>
          {t("guideline.save", { version: current.version + 1 })}
        </Button>
      </Group>
    </Stack>
  );
}

function Settings({ project }: { project: Project }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);
  const [share, setShare] = useState(Math.round(project.review_share * 100));
  const [watch, setWatch] = useState(project.drafts_after_watch);
  const save = useMutation({
    mutationFn: () => changeProject(project.id, { name: name.trim(), description, review_share: share / 100, drafts_after_watch: watch }),
    onSuccess: async () => {
      say(t("saved"));
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.projects }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]);
    },
  });
  return (
    <Panel title={t("project.settings")}>
      <Form send={save} fields={["name", "description", "review_share"]} label={t("save")} quiet>
        <Group align="flex-start" grow>
          <TextInput
            label={t("projects.name")}
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={fieldError(save.error, "name")}
          />
          <ShareInput
            label={t("project.reviewShare")}
            description={t("project.reviewShareAbout")}
            value={share}
            onChange={setShare}
            error={fieldError(save.error, "review_share")}
          />
        </Group>
        <Textarea
          label={t("project.description")}
          autosize
          minRows={2}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={fieldError(save.error, "description")}
        />
        {project.kind === "fgqa" ? (
          <Checkbox
            label={t("project.watchFirst")}
            description={t("project.watchFirstAbout")}
            checked={watch}
            onChange={(event) => setWatch(event.currentTarget.checked)}
          />
        ) : null}
      </Form>
    </Panel>
  );
}
