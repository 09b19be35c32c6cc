/** The workbench of spatio-temporal captions: opens what a task needs, then hands it to the screen of its step. */

import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useStore } from "zustand";

import { useEvents } from "../api/events";
import { taskQuery, videoQuery } from "../api/queries";
import type { Task, Video } from "../api/types";
import { SkipDialog } from "../fgqa/TaskBar";
import { useNextTask, useTaskScreen, type TaskScreen } from "../fgqa/useTaskScreen";
import { useT } from "../i18n";
import { useDecision } from "../review/Decision";
import { toGrid } from "../timeline/spans";
import { ErrorNote } from "../ui/Page";
import { createView, type Bench } from "./bench";
import { useAhead } from "./ahead";
import { Drawing } from "./drawing";
import { STEPS, type StepDefinition } from "./steps";
import { Subjects } from "./subjects";
import { receiveTold } from "./told";
import { useHandIn } from "./useHandIn";
import { Workbench, type Ending } from "./Workbench";
import "./workbench.css";
import "./panels.css";

export function StcScreen({ task }: { readonly task: Task }): ReactNode {
  return <StcWork taskId={task.id} />;
}

function StcWork({ taskId }: { readonly taskId: string }): ReactNode {
  // Not read again behind the person's back: the document and the lease follow the work by themselves.
  const task = useQuery({ ...taskQuery(taskId), staleTime: Number.POSITIVE_INFINITY });
  if (!task.data) return <Opening error={task.error} />;
  return <OpenTask key={task.data.id} task={task.data} />;
}

function OpenTask({ task }: { readonly task: Task }): ReactNode {
  const t = useT();
  const { screen, error } = useTaskScreen(task);
  const video = useQuery({ ...videoQuery(task.video_id), staleTime: Number.POSITIVE_INFINITY });
  const step = STEPS[task.kind];
  if (!step) return <main className="wb-opening">{t("wb.unknownStep")}</main>;
  if (!screen || !video.data) return <Opening error={error ?? video.error} />;
  const Step = step.decides ? Deciding : Submitting;
  return <Step key={screen.store.id} screen={screen} video={video.data} step={step} />;
}

function Opening({ error }: { readonly error: unknown }): ReactNode {
  const t = useT();
  return (
    <main className="wb-opening">
      {error ? (
        <ErrorNote
          error={error}
          onRetry={() => {
            location.reload();
          }}
        />
      ) : (
        <span role="status">{t("wb.opening")}</span>
      )}
    </main>
  );
}

interface StepProps {
  readonly screen: TaskScreen;
  readonly video: Video;
  readonly step: StepDefinition;
}

function useSubjects({ screen: { task, player }, step }: StepProps): Subjects {
  const editable = step.correctsSubjects && task.mine;
  return useMemo(() => new Subjects(task.id, player, editable), [task.id, player, editable]);
}

function Submitting(props: StepProps): ReactNode {
  const { task, store, lease } = props.screen;
  const subjects = useSubjects(props);
  const { busy, error, submit } = useHandIn(task, store, lease);
  const finish = async (): Promise<void> => {
    if (await subjects.drafts.free()) submit();
  };
  const ending = { busy, error, finish: () => void finish(), sendBack: () => undefined, buttons: null, dialog: null };
  return <OnBench {...props} subjects={subjects} ending={ending} />;
}

function Deciding(props: StepProps): ReactNode {
  const { task, store, lease } = props.screen;
  const subjects = useSubjects(props);
  const { accept, openReturn, error, buttons, dialog } = useDecision(task, store, lease, () => subjects.drafts.free());
  const ending: Ending = { busy: false, error, finish: accept, sendBack: openReturn, buttons, dialog };
  return <OnBench {...props} subjects={subjects} ending={ending} />;
}

interface BenchProps extends StepProps {
  readonly subjects: Subjects;
  readonly ending: Ending;
}

function OnBench({ screen, video, step, subjects, ending }: BenchProps): ReactNode {
  const { task, player, store } = screen;
  const [skipping, setSkipping] = useState(false);
  const [view] = useState(createView);
  const drawing = useMemo(() => new Drawing(subjects.drafts, player), [subjects, player]);
  const latest = useRef(ending);
  useEffect(() => {
    latest.current = ending;
  });
  const bench = useMemo(
    (): Bench => ({
      task,
      video,
      player,
      store,
      subjects,
      drawing,
      view,
      present: () => {
        const { masklets } = subjects.state.getState();
        const presence = masklets.length === 1 ? masklets[0]?.track?.presence : null;
        return presence ? toGrid(presence, player.table.grid) : null;
      },
      submit: () => {
        latest.current.finish();
      },
      sendBack: () => {
        latest.current.sendBack();
      },
      skip: () => {
        void subjects.drafts.free().then(setSkipping);
      },
    }),
    [task, video, player, store, subjects, drawing, view],
  );
  useSubjectEvents(subjects, task.id);
  useUnlessHeld(subjects);
  useAhead(task);
  const next = useNextTask(task, "wb.noneLeft");
  return (
    <>
      <Workbench bench={bench} step={step} ending={ending} lease={screen.lease} />
      {ending.dialog}
      <SkipDialog
        task={task}
        lease={screen.lease}
        opened={skipping}
        onClose={() => {
          setSkipping(false);
        }}
        onSkipped={next}
      />
    </>
  );
}

/** Asks before the page is left while something is drawn and not taken. */
function useUnlessHeld({ drafts }: Subjects): void {
  const t = useT();
  useBlocker({
    shouldBlockFn: () => drafts.held && !window.confirm(t("wb.draft.leave")),
    enableBeforeUnload: () => drafts.held,
  });
}

/** Loads the subjects, and keeps them fresh from what the server tells while it tracks. */
function useSubjectEvents(subjects: Subjects, taskId: string): void {
  useEffect(() => {
    void subjects.load();
    return () => {
      subjects.close();
    };
  }, [subjects]);
  const masklets = useStore(subjects.state, (state) => state.masklets);
  const topics = useMemo(() => [`task:${taskId}`, ...masklets.map((masklet) => `masklet:${masklet.id}`)], [masklets, taskId]);
  useEvents(
    topics,
    (event) => {
      if (event.name === "task") receiveTold(event);
      else subjects.receive(event);
    },
    { onOpen: () => { subjects.opened(); }, onReconnect: () => void subjects.load() },
  );
}
