// What the pages of one project share: its name, and a tab for each thing the person may do.
import { Box } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { projectQuery } from "../../api/queries";
import type { Project } from "../../api/types";
import { useT } from "../../i18n";
import { Loaded, Page } from "../../ui/Page";
import { atLeast, kindWord } from "../words";
import classes from "./Projects.module.css";

/** The project of the address; the frame has loaded it before a page inside it is drawn. */
export function useProject(): Project {
  const { projectId } = useParams({ from: "/inside/shell/projects/$projectId" });
  const { data } = useQuery(projectQuery(projectId));
  if (!data) throw new Error("A page of a project was drawn before its project.");
  return data;
}

export function ProjectFrame() {
  const t = useT();
  const { projectId } = useParams({ from: "/inside/shell/projects/$projectId" });
  const query = useQuery(projectQuery(projectId));
  const project = query.data;
  const lead = atLeast(project?.my_role, "lead");
  return (
    <Page title={project?.name ?? t("projects.title")} about={project ? t(kindWord[project.kind]) : undefined}>
      <nav className={classes["tabs"]} aria-label={t("project.pages")}>
        <Tab to="/projects/$projectId" exact label={t("project.overview")} id={projectId} />
        <Tab to="/projects/$projectId/videos" label={t("project.videos")} id={projectId} />
        {lead && project?.kind === "fgqa" ? (
          <Tab to="/projects/$projectId/segments" label={t("project.segments")} id={projectId} />
        ) : null}
        {lead ? <Tab to="/projects/$projectId/tasks" label={t("project.tasks")} id={projectId} /> : null}
        {atLeast(project?.my_role, "reviewer") ? (
          <Tab to="/projects/$projectId/reviews" label={t("project.reviews")} id={projectId} />
        ) : null}
        {lead ? <Tab to="/projects/$projectId/quality" label={t("project.quality")} id={projectId} /> : null}
        {lead ? <Tab to="/projects/$projectId/people" label={t("project.people")} id={projectId} /> : null}
        {lead ? <Tab to="/projects/$projectId/releases" label={t("project.releases")} id={projectId} /> : null}
        {lead ? <Tab to="/projects/$projectId/webhooks" label={t("hooks.title")} id={projectId} /> : null}
      </nav>
      <Box>
        <Loaded query={query}>{() => <Outlet />}</Loaded>
      </Box>
    </Page>
  );
}

interface TabProps {
  to:
    | "/projects/$projectId"
    | "/projects/$projectId/videos"
    | "/projects/$projectId/segments"
    | "/projects/$projectId/tasks"
    | "/projects/$projectId/reviews"
    | "/projects/$projectId/quality"
    | "/projects/$projectId/people"
    | "/projects/$projectId/releases"
    | "/projects/$projectId/webhooks";
  label: string;
  id: string;
  exact?: boolean;
}

function Tab({ to, label, id, exact = false }: TabProps) {
  return (
    <Link to={to} params={{ projectId: id }} activeOptions={{ exact }}>
      {label}
    </Link>
  );
}
