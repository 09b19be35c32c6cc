// First steps above My work: a tour for who annotates, a checklist for who sets a site up. Both can be put away.
import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { guidelineQuery, projectsQuery, releasesQuery } from "../api/queries";
import type { Me, Project } from "../api/types";
import { type MessageKey, useT } from "../i18n";
import { Panel } from "../ui/Page";
import { usePreferences } from "../ui/preferences";
import { startTour } from "../ui/tour";
import { say } from "../ui/toast";
import classes from "./MyWork.module.css";

export function FirstSteps({ me }: { readonly me: Me }) {
  const { preferences, known } = usePreferences();
  if (!known) return null;
  return (
    <>
      {me.is_admin && !preferences.setup_done ? <Setup /> : null}
      {me.projects.length > 0 && !preferences.tour_done ? <TourOffer /> : null}
    </>
  );
}

function TourOffer() {
  const t = useT();
  const { change } = usePreferences();
  return (
    <Panel title={t("tour.offer")}>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          {t("tour.offerAbout")}
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="subtle" color="gray" onClick={() => change({ tour_done: true })}>
            {t("tour.notNow")}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              startTour();
              say(t("tour.waits"));
            }}
          >
            {t("tour.start")}
          </Button>
        </Group>
      </Group>
    </Panel>
  );
}

interface Step {
  readonly label: MessageKey;
  readonly done: boolean;
  readonly page: "" | "videos" | "people" | "releases";
}

function Setup() {
  const t = useT();
  const { change } = usePreferences();
  const projects = useQuery(projectsQuery);
  if (!projects.data) return null;
  const first = projects.data.items.find(({ archived }) => !archived);
  return (
    <Panel
      title={t("setup.title")}
      actions={
        <Button size="xs" variant="subtle" color="gray" onClick={() => change({ setup_done: true })}>
          {t("setup.away")}
        </Button>
      }
    >
      <Text size="sm" c="dimmed" mb="xs">
        {t("setup.about")}
      </Text>
      {first ? <Steps project={first} /> : <Todo steps={[{ label: "setup.project", done: false, page: "" }]} project={null} />}
    </Panel>
  );
}

function Steps({ project }: { readonly project: Project }) {
  const guideline = useQuery(guidelineQuery(project.id));
  const releases = useQuery(releasesQuery(project.id));
  const { counts } = project;
  const tasks = counts.tasks_ready + counts.tasks_leased + counts.tasks_submitted + counts.tasks_accepted;
  const steps: Step[] = [
    { label: "setup.project", done: true, page: "" },
    { label: "setup.guideline", done: Boolean(guideline.data?.text.trim()), page: "" },
    { label: "setup.people", done: tasks > counts.tasks_ready, page: "people" },
    { label: "setup.videos", done: counts.videos > 0, page: "videos" },
    { label: "setup.accepted", done: counts.tasks_accepted > 0, page: "" },
    { label: "setup.release", done: (releases.data?.items.length ?? 0) > 0, page: "releases" },
  ];
  return <Todo steps={steps} project={project} />;
}

function Todo({ steps, project }: { readonly steps: readonly Step[]; readonly project: Project | null }) {
  const t = useT();
  return (
    <ol className={classes["setup"]}>
      {steps.map(({ label, done, page }) => (
        <li key={label} data-done={done || undefined}>
          <span aria-hidden>{done ? "✓" : "○"}</span>
          <span className="vg-visually-hidden">{t(done ? "setup.done" : "setup.open")}</span>
          {done ? (
            t(label)
          ) : project === null ? (
            <Link to="/projects">{t(label)}</Link>
          ) : (
            <Link to={page === "" ? "/projects/$projectId" : `/projects/$projectId/${page}`} params={{ projectId: project.id }}>
              {t(label)}
            </Link>
          )}
        </li>
      ))}
    </ol>
  );
}
