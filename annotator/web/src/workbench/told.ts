/** What others did to the task that is open here: a lead took it back, or its video was set aside. */

import { create } from "zustand";

import type { ServerEvent } from "../api/events";
import { t } from "../i18n";
import { sayError } from "../ui/toast";

interface TaskEvent {
  readonly id: string;
  readonly what: "taken_back" | "closed";
  readonly why: string | null;
}

/** Tasks that were taken from this person while their page is open. */
export const useTaken = create<{ taken: ReadonlySet<string> }>(() => ({ taken: new Set() }));

const isTask = (data: unknown): data is TaskEvent => typeof data === "object" && data !== null && "what" in data && "id" in data;

/** Tells the person, until they close the message. */
export function receiveTold({ name, data }: ServerEvent): void {
  if (name !== "task" || !isTask(data)) return;
  useTaken.setState(({ taken }) => ({ taken: new Set([...taken, data.id]) }));
  sayError(data.what === "closed" ? t("told.closed", { why: data.why ?? "" }) : t("told.takenBack"));
}

/** The task is mine again. */
export function forgetTaken(taskId: string): void {
  useTaken.setState(({ taken }) => ({ taken: new Set([...taken].filter((id) => id !== taskId)) }));
}
