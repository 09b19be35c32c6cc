// A task on its screen: which one follows from the kind of the task.
import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ComponentType, lazy, Suspense } from "react";
import { asApiError } from "../api/error";
import { taskQuery } from "../api/queries";
import type { Task, TaskKind } from "../api/types";
import { useT } from "../i18n";
import { ButtonLink } from "../ui/links";
import { Empty, ErrorNote } from "../ui/Page";
import { useLook } from "../ui/Shell";

type Screen = ComponentType<{ task: Task }>;

const StcWork = lazy(() => import("../workbench/StcWork").then((module) => ({ default: module.StcWork })));
const FgqaWork = lazy(() => import("../fgqa/FgqaWork").then((module) => ({ default: module.FgqaWork })));
const FgqaReview = lazy(() => import("../review/FgqaReview").then((module) => ({ default: module.FgqaReview })));

const Stc: Screen = ({ task }) => <StcWork taskId={task.id} />;

const screens: Record<TaskKind, Screen> = {
  stc_subject: Stc,
  stc_caption: Stc,
  stc_verify: Stc,
  stc_review: Stc,
  fgqa_answer: FgqaWork,
  fgqa_review: FgqaReview,
};

export function Work() {
  const t = useT();
  useLook();
  const { taskId } = useParams({ from: "/inside/work/$taskId" });
  // A task that is being worked on is not read again behind the person's back: its screen keeps its own state.
  const query = useQuery({ ...taskQuery(taskId), staleTime: Number.POSITIVE_INFINITY, refetchOnMount: "always" });
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
