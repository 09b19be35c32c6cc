// The verdict on submitted work: accept it, or return it with the step at fault, reasons and a comment.
import { Button, Checkbox, Group, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { decide } from "../api/actions";
import type { Task } from "../api/types";
import type { DocumentStore } from "../editor/documentStore";
import type { Action } from "../editor/action";
import { KeyHint, keyProps } from "../editor/KeySheet";
import { useNextTask } from "../fgqa/useTaskScreen";
import { useT } from "../i18n";
import { Dialog } from "../ui/Dialog";
import { Form } from "../ui/Form";
import { fieldError } from "../ui/FormError";
import { say } from "../ui/toast";
import { useOnce } from "../workbench/useHandIn";
import type { Lease } from "../workbench/useLease";
import { reasonsFor, reasonText, type Step, stepsOf } from "./reasons";
import { tooLong } from "../ui/tooLong";

export interface Decision {
  readonly accept: () => void;
  readonly openReturn: () => void;
  readonly error: unknown;
  /** Their keys stand on them, as the person has them. */
  readonly buttons: (actions: readonly Action<never>[]) => React.ReactNode;
  readonly dialog: React.ReactNode;
}

const named = (actions: readonly Action<never>[], id: string) => actions.find((action) => action.id === id);
const always = () => Promise.resolve(true);

/** Buttons for the bar, the dialog of a return, and what keys call. Nothing of it goes on before `free` says so. */
export function useDecision(task: Task, store: DocumentStore, lease: Lease, free: () => Promise<boolean> = always): Decision {
  const t = useT();
  const [returning, setReturning] = useState(false);
  const next = useNextTask(task, "review.queueDone");
  const send = async (verdict: "accept" | "return", step: Step | null, reasons: readonly string[], comment: string) => {
    if (!(await store.flush())) throw new Error(t("error.unreachable"));
    await lease.report();
    const { revision } = store.state.getState();
    await decide(task.id, { revision, verdict, ...(step ? { step } : {}), reasons: [...reasons], comment });
    say(t(verdict === "accept" ? "review.accepted" : "review.returned"));
    await next();
  };
  const accept = useMutation({ mutationFn: () => send("accept", null, [], "") });
  const begin = useOnce(task.mine, accept.mutate);
  const start = async () => {
    if (task.mine && (await free())) begin();
  };
  const openReturn = async () => {
    if (task.mine && (await free())) setReturning(true);
  };
  return {
    accept: () => void start(),
    openReturn: () => void openReturn(),
    error: accept.error,
    buttons: (actions) =>
      task.mine ? (
        <>
          <Button size="sm" variant="default" {...keyProps(named(actions, "task.return"), t("review.return"))} onClick={() => void openReturn()}>
            {t("review.return")} <KeyHint action={named(actions, "task.return")} />
          </Button>
          <Button
            size="sm"
            loading={accept.isPending}
            {...keyProps(named(actions, "task.submit"), t("review.accept"))}
            onClick={() => void start()}
          >
            {t("review.accept")} <KeyHint action={named(actions, "task.submit")} />
          </Button>
        </>
      ) : null,
    dialog: (
      <ReturnDialog
        task={task}
        opened={returning}
        onClose={() => setReturning(false)}
        onReturn={(step, reasons, comment) => send("return", step, reasons, comment)}
      />
    ),
  };
}

interface DialogProps {
  readonly task: Task;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onReturn: (step: Step, reasons: readonly string[], comment: string) => Promise<void>;
}

function ReturnDialog({ task, opened, onClose, onReturn }: DialogProps) {
  const t = useT();
  const steps = stepsOf(task.kind);
  const [step, setStep] = useState<Step>(steps.at(-1) ?? "answer");
  const [reasons, setReasons] = useState<string[]>([]);
  const [comment, setComment] = useState("");
  const [asked, setAsked] = useState(false);
  const offered = reasonsFor(task.kind, step);
  const missing = reasons.length === 0 && comment.trim() === "";
  const send = useMutation({
    mutationFn: () => onReturn(step, reasons.filter((reason) => offered.some((name) => name === reason)), comment.trim()),
  });
  const mutate = () => {
    setAsked(true);
    if (!missing) send.mutate();
  };
  return (
    <Dialog opened={opened} onClose={onClose} title={t("review.returnTitle")} size="lg">
      <Form send={{ ...send, mutate }} fields={["step", "reasons", "comment"]} label={t("review.return")} onCancel={onClose}>
        <Text size="sm" c="dimmed">
          {t("review.returnAbout")}
        </Text>
        {steps.length > 1 ? (
          <Radio.Group
            label={t("review.step")}
            value={step}
            onChange={(chosen) => setStep(steps.find((name) => name === chosen) ?? step)}
            error={fieldError(send.error, "step")}
          >
            <Group mt="xs">
              {steps.map((name) => (
                <Radio key={name} value={name} label={t(`review.step.${name}`)} />
              ))}
            </Group>
          </Radio.Group>
        ) : null}
        <Checkbox.Group
          label={t("review.reasons")}
          value={reasons}
          onChange={setReasons}
          error={fieldError(send.error, "reasons") ?? (asked && missing ? t("review.needReason") : undefined)}
        >
          <Stack gap={8} mt="xs" mb="xs">
            {offered.map((reason) => (
              <Checkbox key={reason} value={reason} label={reasonText(t, reason)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Textarea
          label={t("review.comment")}
          placeholder={t("review.commentPlaceholder")}
          autosize
          minRows={3}
          data-autofocus
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
          error={tooLong(comment, 4000) ?? fieldError(send.error, "comment")}
        />
      </Form>
    </Dialog>
  );
}
