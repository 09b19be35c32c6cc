// My work: in each project, what waits for me and what I hold; one click takes the next task.
import { Button, Group, Kbd, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { nextTask } from "../api/actions";
import { meQuery, queueQuery } from "../api/queries";
import type { Me, Queue, QueueLine, TaskKind } from "../api/types";
import { useT } from "../i18n";
import { ButtonLink } from "../ui/links";
import { Empty, Loaded, Page } from "../ui/Page";
import { StateBadge } from "../ui/StateBadge";
import { say, sayError } from "../ui/toast";
import { FirstSteps } from "./FirstSteps";
import classes from "./MyWork.module.css";
import { kindWord, roleWord, taskAbout, taskWord } from "./words";

export function MyWork() {
  const t = useT();
  const me = useQuery(meQuery);
  return (
    <Page title={t("work.title")} about={t("work.about")}>
      <Loaded query={me}>
        {(person) => (
          <Stack gap="lg">
            <FirstSteps me={person} />
            {person.projects.length === 0 ? <NoProjects admin={person.is_admin} /> : null}
            {person.projects.map((project, index) => (
              <ProjectQueue key={project.id} project={project} first={index === 0} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function NoProjects({ admin }: { admin: boolean }) {
  const t = useT();
  return (
    <Empty
      title={t("work.noProjects")}
      next={t(admin ? "work.noProjectsAdmin" : "work.noProjectsNext")}
      action={admin ? <ButtonLink to="/projects">{t("nav.projects")}</ButtonLink> : null}
    />
  );
}

function ProjectQueue({ project, first }: { project: Me["projects"][number]; first: boolean }) {
  const t = useT();
  const navigate = useNavigate();
  const queue = useQuery(queueQuery(project.id));
  const take = useMutation({
    mutationFn: (kinds?: readonly TaskKind[]) => nextTask(project.id, kinds),
    onSuccess: async (task) => {
      if (task) await navigate({ to: "/work/$taskId", params: { taskId: task.id } });
      else {
        say(t("work.nothingNow"));
        await queue.refetch();
      }
    },
    onError: sayError,
  });
  const lines = queue.data?.items ?? [];
  const waiting = lines.some((line) => line.ready_for_me > 0 || line.leased_by_me);
  const { mutate } = take;
  useEffect(() => {
    if (!first || !waiting) return;
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select, button, a, [role=dialog]");
      if (event.code === "KeyN" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) mutate(undefined);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [first, waiting, mutate]);
  return (
    <section className={classes["project"]} aria-label={project.name}>
      <Group justify="space-between" mb="md">
        <div>
          <Title order={2} size="h4">
            {project.name}
          </Title>
          <Text size="sm" c="dimmed">
            {t(kindWord[project.kind])} · {t(roleWord[project.role])}
          </Text>
        </div>
        <Group gap="sm">
          <ButtonLink to="/projects/$projectId" params={{ projectId: project.id }} variant="default">
            {t("work.openProject")}
          </ButtonLink>
          <Button onClick={() => take.mutate(undefined)} loading={take.isPending} disabled={!waiting}>
            {t(lines.some((line) => line.leased_by_me) ? "work.goOn" : "work.next")}
            {first ? (
              <Kbd ml={8} size="xs" aria-hidden>
                N
              </Kbd>
            ) : null}
          </Button>
        </Group>
      </Group>
      {queue.data ? <CapNote caps={queue.data.caps} /> : null}
      <Loaded query={queue} rows={1}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed" size="sm">
              {t("work.queueEmpty")}
            </Text>
          ) : (
            <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="sm">
              {items.map((line) => (
                <Line key={line.kind} line={line} busy={take.isPending} onTake={() => take.mutate([line.kind])} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
    </section>
  );
}

/** Says why nothing is given although tasks wait. */
function CapNote({ caps }: { caps: Queue["caps"] }) {
  const t = useT();
  const { leases, cap_leases, done, cap_daily } = caps;
  const text =
    cap_daily !== null && leases === 0 && done >= cap_daily
      ? t("work.capDaily", { cap: cap_daily })
      : cap_leases !== null && leases >= cap_leases
        ? t("work.capLeases", { held: leases, cap: cap_leases })
        : null;
  return text ? (
    <Text size="sm" mb="sm" role="status">
      {text}
    </Text>
  ) : null;
}

function Line({ line, busy, onTake }: { line: QueueLine; busy: boolean; onTake: () => void }) {
  const t = useT();
  const held = line.leased_by_me;
  return (
    <div className={classes["line"]}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text fw={600}>{t(taskWord[line.kind])}</Text>
        {held ? <StateBadge state="leased" label={t("work.yours")} /> : null}
      </Group>
      <Text size="sm" c="dimmed" mb="sm">
        {t(taskAbout[line.kind])}
      </Text>
      <Group justify="space-between" mt="auto">
        <Text size="sm">
          {t("work.counts", { ready: line.ready_for_me, done: line.done_today })}
        </Text>
        {held ? (
          <ButtonLink size="xs" to="/work/$taskId" params={{ taskId: held.id }} aria-label={t("work.goOnWith", { video: held.video_name })}>
            {t("work.goOn")}
          </ButtonLink>
        ) : (
          <Button
            size="xs"
            variant="default"
            disabled={line.ready_for_me === 0 || busy}
            onClick={onTake}
            aria-label={t("work.takeKind", { kind: t(taskWord[line.kind]) })}
          >
            {t("work.take")}
          </Button>
        )}
      </Group>
    </div>
  );
}
