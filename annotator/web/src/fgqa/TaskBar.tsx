// The bar of a task: whose it is and for how long, whether everything is saved, and what ends it.
import { Alert, Kbd, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { skipTask } from "../api/actions";
import type { Task } from "../api/types";
import type { DocumentStore, SaveStatus } from "../editor/documentStore";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import { taskWord } from "../pages/words";
import { Banner } from "./Banner";
import { Dialog } from "../ui/Dialog";
import { Form } from "../ui/Form";
import { fieldError } from "../ui/FormError";

import { Mark } from "../ui/Shell";
import { tooLong } from "../ui/tooLong";
import { type Lease, useSecondsLeft } from "../workbench/useLease";
import classes from "./work.module.css";

interface Props {
  readonly task: Task;
  readonly store: DocumentStore;
  readonly lease: Lease;
  readonly children: ReactNode;
}

export function TaskBar({ task, store, lease, children }: Props) {
  return (
    <header className={classes["top"]}>
      <div className={classes["bar"]} data-tour="bar">
        <Link to="/" className={classes["brand"]}>
          <Mark /> Vidgrain
        </Link>
        <Crumbs task={task} />
        <SavedBadge store={store} />
        <LeaseBadge task={task} lease={lease} />
        <div className={classes["barEnd"]} data-tour="end">{children}</div>
      </div>
      <Banner task={task} store={store} lease={lease} />
    </header>
  );
}

function Crumbs({ task }: { task: Task }) {
  const t = useT();
  return (
    <h1 className={classes["crumbs"]}>
      <Link to="/projects/$projectId" params={{ projectId: task.project_id }}>
        {task.project_name}
      </Link>
      <span aria-hidden>/</span>
      <strong>{t(taskWord[task.kind])}</strong>
      <span aria-hidden>/</span>
      <span className={classes["crumbLast"]}>{task.segment?.what || task.video_name}</span>
    </h1>
  );
}

const TONE: Record<SaveStatus, "good" | "calm" | "warn" | "bad"> = {
  saved: "good",
  waiting: "calm",
  saving: "calm",
  offline: "warn",
  "signed-out": "warn",
  forbidden: "bad",
};

export function SavedBadge({ store }: { store: DocumentStore }) {
  const t = useT();
  const status = useDocumentState(store, (state) => state.status);
  const revision = useDocumentState(store, (state) => state.revision);
  const count = useDocumentState(store, (state) => state.unsaved);
  const message = useDocumentState(store, (state) => state.message);
  const readOnly = useDocumentState(store, (state) => state.readOnly);
  const text: Record<SaveStatus, string> = {
    saved: revision === 0 ? t("taskbar.savedNew") : t("taskbar.saved", { revision: String(revision) }),
    waiting: t("taskbar.waiting"),
    saving: t("taskbar.waiting"),
    offline: t("taskbar.offline", { count }),
    "signed-out": t("taskbar.signedOut", { count }),
    forbidden: t("taskbar.forbidden"),
  };
  return (
    <span className={classes["badge"]} data-tone={readOnly ? "calm" : TONE[status]} role="status" title={message ?? undefined}>
      {readOnly ? t("taskbar.readOnly") : text[status]}
    </span>
  );
}

function LeaseBadge({ task, lease }: { task: Task; lease: Lease }) {
  const t = useT();
  const left = useSecondsLeft(lease.expires);
  if (!task.mine) return null;
  if (lease.lost || left === 0) {
    return (
      <span className={classes["badge"]} data-tone="warn" role="status">
        {t("taskbar.leaseOver")}
      </span>
    );
  }
  if (left === null) return null;
  const [hours, minutes] = [Math.floor(left / 3600), Math.floor(left / 60) % 60];
  const seconds = String(left % 60).padStart(2, "0");
  const time = hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
  return <span className={classes["badge"]}>{t("taskbar.lease", { time })}</span>;
}

/** What the reviewer said when the work came back. */
export function ReturnedNote({ task, reasonText }: { task: Task; reasonText: (reason: string) => string }) {
  const t = useT();
  const { returned } = task;
  if (!returned) return null;
  return (
    <Alert color="yellow" variant="light" title={t("taskbar.returned", { name: returned.by_name ?? t("taskbar.somebody") })}>
      <Text size="sm">{returned.reasons.map(reasonText).join(" · ")}</Text>
      {returned.comment ? (
        <Text size="sm" mt={4} style={{ whiteSpace: "pre-wrap" }}>
          {returned.comment}
        </Text>
      ) : null}
    </Alert>
  );
}

/** A key on a button. Paler where it does not act; always in its place, as a button that moves loses the click. */
export function KeyHint({ children, acts = true }: { children: ReactNode; acts?: boolean }) {
  return (
    <Kbd size="xs" ml={8} aria-hidden style={acts ? undefined : { opacity: 0.4 }}>
      {children}
    </Kbd>
  );
}

interface SkipProps {
  readonly task: Task;
  readonly lease: Lease;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onSkipped: () => Promise<void>;
}

export function SkipDialog({ task, lease, opened, onClose, onSkipped }: SkipProps) {
  const t = useT();
  const [reason, setReason] = useState("");
  const skip = useMutation({
    mutationFn: async () => {
      await lease.report();
      await skipTask(task.id, reason.trim());
    },
    onSuccess: async () => {
      setReason("");
      onClose();
      await onSkipped();
    },
  });
  return (
    <Dialog opened={opened} onClose={onClose} title={t("taskbar.skipTitle")}>
      <Form send={skip} fields={["reason"]} label={t("taskbar.skip")} disabled={!reason.trim()} onCancel={onClose}>
        <Text size="sm" c="dimmed">
          {t("taskbar.skipAbout")}
        </Text>
        <Textarea
          label={t("taskbar.skipReason")}
          placeholder={t("taskbar.skipPlaceholder")}
          required
          autosize
          minRows={2}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={tooLong(reason, 500) ?? fieldError(skip.error, "reason")}
        />
      </Form>
    </Dialog>
  );
}
