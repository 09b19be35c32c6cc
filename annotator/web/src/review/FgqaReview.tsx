// Review of answers: the same screen, with a verdict instead of a submit; texts may be mended before accepting.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { contextQuery } from "../api/queries";
import type { Task } from "../api/types";
import { Opening, problemsOf } from "../fgqa/FgqaWork";
import { QuestionsScreen } from "../fgqa/QuestionsScreen";
import { SkipDialog } from "../fgqa/TaskBar";
import { NotesOfEnd } from "../fgqa/TaskNotes";
import { type TaskScreen, useNextTask, useTaskScreen } from "../fgqa/useTaskScreen";
import { useT } from "../i18n";
import { useDecision } from "./Decision";
import { Handed } from "./Handed";

export function FgqaReview({ task }: { task: Task }) {
  const { screen, error } = useTaskScreen(task);
  if (screen) return <Judging screen={screen} />;
  return <Opening error={error} />;
}

function Judging({ screen }: { screen: TaskScreen }) {
  const t = useT();
  const { task, store, lease } = screen;
  const context = useQuery(contextQuery(task.id));
  const decision = useDecision(task, store, lease);
  const [skipping, setSkipping] = useState(false);
  const next = useNextTask(task, "review.queueDone");
  const refused = problemsOf(decision.error);
  return (
    <>
      <QuestionsScreen
        screen={screen}
        refused={refused}
        originals={context.data?.previous.at(-1)?.body.answers}
        onFinish={decision.accept}
        onReturn={decision.openReturn}
        onSkip={() => task.mine && setSkipping(true)}
        end={decision.buttons}
        notes={
          <>
            {context.data ? <Handed context={context.data} /> : null}
            {task.mine ? (
              <Text size="sm" c="dimmed">
                {t("review.fix")}
              </Text>
            ) : null}
            <NotesOfEnd task={task} refused={refused} error={decision.error} />
          </>
        }
      />
      {decision.dialog}
      <SkipDialog task={task} lease={lease} opened={skipping} onClose={() => setSkipping(false)} onSkipped={next} />
    </>
  );
}
