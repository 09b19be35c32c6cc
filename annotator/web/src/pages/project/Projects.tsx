// All projects I can see; an admin makes new ones here.
import { Button, Radio, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { makeProject } from "../../api/actions";
import { keys } from "../../api/keys";
import { meQuery, projectsQuery } from "../../api/queries";
import type { Project, ProjectKind } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { Empty, Loaded, Page } from "../../ui/Page";
import { kindWord } from "../words";
import { ShareInput } from "./fields";
import classes from "./Projects.module.css";
import { tooLong } from "../../ui/tooLong";

export function Projects() {
  const t = useT();
  const { data: me } = useQuery(meQuery);
  const projects = useQuery(projectsQuery);
  const [making, setMaking] = useState(false);
  const make = me?.is_admin ? <Button onClick={() => setMaking(true)}>{t("projects.make")}</Button> : null;
  return (
    <Page title={t("projects.title")} about={t("projects.about")} actions={make}>
      <Loaded query={projects}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("projects.none")} next={t(me?.is_admin ? "projects.noneAdmin" : "work.noProjectsNext")} action={make} />
          ) : (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
              {page.items.map((project) => (
                <Card key={project.id} project={project} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
      <MakeProject opened={making} onClose={() => setMaking(false)} />
    </Page>
  );
}

function Card({ project }: { project: Project }) {
  const t = useT();
  const { counts } = project;
  return (
    <Link to="/projects/$projectId" params={{ projectId: project.id }} className={classes["card"]}>
      <Text fw={650}>{project.name}</Text>
      <Text size="sm" c="dimmed">
        {t(kindWord[project.kind])}
        {project.archived ? ` · ${t("project.archived")}` : ""}
      </Text>
      <Text size="sm" mt="sm" lineClamp={2}>
        {project.description}
      </Text>
      <dl className={classes["counts"]}>
        <Count label={t("project.videos")} value={counts.videos} />
        <Count label={t("task.state.ready")} value={counts.tasks_ready} />
        <Count label={t("task.state.leased")} value={counts.tasks_leased} />
        <Count label={t("task.state.accepted")} value={counts.tasks_accepted} />
      </dl>
    </Link>
  );
}

function Count({ label, value }: { label: string; value: number }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function MakeProject({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<ProjectKind>("stc");
  const [description, setDescription] = useState("");
  const [share, setShare] = useState(100);
  const make = useMutation({
    mutationFn: () => makeProject({ name: name.trim(), kind, description, review_share: share / 100 }),
    onSuccess: async (project) => {
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.projects }),
        client.invalidateQueries({ queryKey: keys.me }),
      ]);
      await navigate({ to: "/projects/$projectId", params: { projectId: project.id } });
    },
  });
  return (
    <Dialog opened={opened} onClose={onClose} title={t("projects.make")} size="lg">
      <Form send={make} fields={["name", "kind", "description", "review_share"]} label={t("projects.make")}>
        <TextInput
          label={t("projects.name")}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={tooLong(name, 200) ?? fieldError(make.error, "name")}
        />
        <Radio.Group
          label={t("projects.kind")}
          value={kind}
          onChange={(chosen) => setKind(chosen === "fgqa" ? "fgqa" : "stc")}
          error={fieldError(make.error, "kind")}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="stc" label={t("project.kind.stc")} description={t("projects.stcAbout")} />
            <Radio value="fgqa" label={t("project.kind.fgqa")} description={t("projects.fgqaAbout")} />
          </Stack>
        </Radio.Group>
        <Textarea
          label={t("project.description")}
          autosize
          minRows={2}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={fieldError(make.error, "description")}
        />
        <ShareInput
          label={t("project.reviewShare")}
          description={t("project.reviewShareAbout")}
          value={share}
          onChange={setShare}
          error={fieldError(make.error, "review_share")}
        />
      </Form>
    </Dialog>
  );
}
