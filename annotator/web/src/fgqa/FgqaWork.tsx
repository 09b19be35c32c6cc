// FGQA work: verify or write the answers to all questions of a clip, ask more, submit, next.
import { Button, Center, Loader } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { releaseTask, submitTask } from "../api/actions";
import { asApiError } from "../api/error";
import { keys } from "../api/keys";
import type { Task } from "../api/types";
import type { Problem } from "../editor/documentStore";
import { useT } from "../i18n";
import { reasonText } from "../review/reasons";
import { ErrorNote } from "../ui/Page";
import { say, sayError } from "../ui/toast";
import { QuestionsScreen } from "./QuestionsScreen";
import { KeyHint } from "../editor/KeySheet";
import { ReturnedNote, SkipDialog } from "./TaskBar";
import { NotesOfEnd } from "./TaskNotes";
import { type TaskScreen, useNextTask, useTaskScreen } from "./useTaskScreen";
import { useOnce } from "../workbench/useHandIn";

export function FgqaWork({ task }: { task: Task }) {
  const { screen, error } = useTaskScreen(task);
  if (screen) return <Answering screen={screen} />;
  return <Opening error={error} />;
}

export function Opening({ error }: { error: unknown }) {
  const t = useT();
  return (
    <Center mih="100vh" p="lg">
      {error ? <ErrorNote error={error} onRetry={() => location.reload()} /> : <Loader aria-label={t("loading")} />}
    </Center>
  );
}

/** The server's list of what is wrong, as problems beside their fields. */
export function problemsOf(error: unknown): Problem[] {
  if (!error) return [];
  return asApiError(error).errors.map(({ field, message }) => ({ field, message, code: "refused", severity: "error" as const }));
}

function Answering({ screen }: { screen: TaskScreen }) {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { task, store, lease } = screen;
  const [skipping, setSkipping] = useState(false);
  const next = useNextTask(task, "taskbar.queueDone");
  const submit = useMutation({
    mutationFn: async () => {
      if (!(await store.flush())) throw new Error(t("error.unreachable"));
      await lease.report();
      await submitTask(task.id, store.state.getState().revision);
    },
    onSuccess: async () => {
      say(t("taskbar.submitted"));
      await next();
    },
  });
  const giveBack = useMutation({
    mutationFn: async () => {
      await store.flush();
      await lease.report();
      await releaseTask(task.id);
      await client.invalidateQueries({ queryKey: keys.queue(task.project_id) });
      await navigate({ to: "/" });
    },
    onError: sayError,
  });
  const finish = useOnce(task.mine, submit.mutate);
  const refused = problemsOf(submit.error);
  return (
    <>
      <QuestionsScreen
        screen={screen}
        refused={refused}
        onFinish={finish}
        onSkip={() => task.mine && setSkipping(true)}
        notes={
          <>
            <ReturnedNote task={task} reasonText={(reason) => reasonText(t, reason)} />
            <NotesOfEnd task={task} refused={refused} error={submit.error} />
          </>
        }
        end={(actions) =>
          task.mine ? (
            <>
              <Button size="sm" variant="subtle" color="gray" loading={giveBack.isPending} onClick={() => giveBack.mutate()}>
                {t("taskbar.giveBack")}
              </Button>
              <Button size="sm" variant="default" onClick={() => setSkipping(true)}>
                {t("taskbar.skip")} <KeyHint action={actions.find(({ id }) => id === "task.skip")} />
              </Button>
              <Button size="sm" loading={submit.isPending} onClick={finish}>
                {t("taskbar.submit")} <KeyHint action={actions.find(({ id }) => id === "task.submit")} />
              </Button>
            </>
          ) : null
        }
      />
      <SkipDialog task={task} lease={lease} opened={skipping} onClose={() => setSkipping(false)} onSkipped={next} />
    </>
  );
}
