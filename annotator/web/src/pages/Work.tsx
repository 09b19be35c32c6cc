// A task on its screen: which one follows from the kind of the task.
import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { asApiError } from "../api/error";
import { taskQuery } from "../api/queries";
import type { TaskKind } from "../api/types";
import { useT } from "../i18n";
import { ButtonLink } from "../ui/links";
import { Empty, ErrorNote } from "../ui/Page";
import { useLook } from "../ui/Shell";
import { loadScreen, type Screen } from "./screens";

/** A task that was read a moment ago, when the visit began or when it was handed out, is not read twice. */
const FRESH_MS = 3000;

const lazily = (kind: TaskKind): Screen => lazy(loadScreen[kind]);
const screens: Record<TaskKind, Screen> = {
  stc_subject: lazily("stc_subject"),
  stc_caption: lazily("stc_caption"),
  stc_verify: lazily("stc_verify"),
  stc_review: lazily("stc_review"),
  fgqa_answer: lazily("fgqa_answer"),
  fgqa_review: lazily("fgqa_review"),
};

export function Work() {
  const t = useT();
  useLook();
  const { taskId } = useParams({ from: "/inside/work/$taskId" });
  // A task that is being worked on is not read again behind the person's back: its screen keeps its own state.
  const query = useQuery({
    ...taskQuery(taskId),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: ({ state }) => (!state.isInvalidated && Date.now() - state.dataUpdatedAt < FRESH_MS ? false : "always"),
  });
  const waiting = (
    <Center mih="100vh">
      <Loader aria-label={t("loading")} />
    </Center>
  );
  if (query.data && !query.isFetching) {
    const Shown = screens[query.data.kind];
    return (
      <Suspense fallback={waiting}>
        <Shown key={query.data.id} task={query.data} />
      </Suspense>
    );
  }
  if (!query.error) return waiting;
  return (
    <Center mih="100vh" p="lg">
      {asApiError(query.error).status === 404 ? (
        <Empty title={t("workpage.gone")} next={t("workpage.goneNext")} action={<ButtonLink to="/">{t("home")}</ButtonLink>} />
      ) : (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Center>
  );
}
