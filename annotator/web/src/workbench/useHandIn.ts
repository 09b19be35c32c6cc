/** Hands a task in: everything saved first, then the submit; what the server wants mended is listed. */

import { useMutation } from "@tanstack/react-query";
import { useCallback, useRef } from "react";

import { submitTask } from "../api/actions";
import { ApiError, type FieldError } from "../api/error";
import type { Task } from "../api/types";
import type { DocumentStore } from "../editor/documentStore";
import { useNextTask } from "../fgqa/useTaskScreen";
import { t } from "../i18n";
import { say, sayError } from "../ui/toast";
import type { Lease } from "./useLease";

export interface HandIn {
  readonly busy: boolean;
  readonly error: unknown;
  submit(): void;
}

export function useHandIn(task: Task, store: DocumentStore, lease: Lease): HandIn {
  const next = useNextTask(task, "wb.noneLeft");
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      if (!(await store.flush())) throw new Error(t("wb.submit.unsaved"));
      await lease.report();
      await submitTask(task.id, store.state.getState().revision);
    },
    onSuccess: async () => {
      say(t("wb.submitted"));
      await next();
    },
    onError: (failure) => {
      if (refusalsOf(failure).length === 0) sayError(failure);
    },
  });
  const submit = useOnce(task.mine, mutate);
  return { busy: isPending, error, submit };
}

/** Begins what ends a task; pressed again before it has ended, it does nothing: the page hears of "pending" a render later. */
export function useOnce(may: boolean, mutate: (nothing: undefined, then: { onSettled: () => void }) => void): () => void {
  const under = useRef(false);
  return useCallback(() => {
    if (!may || under.current) return;
    under.current = true;
    mutate(undefined, {
      onSettled: () => {
        under.current = false;
      },
    });
  }, [mutate, may]);
}

/** What has to be mended, from the server's answer to a submit or a decision. */
export function refusalsOf(error: unknown): readonly FieldError[] {
  if (!(error instanceof ApiError) || error.status !== 422) return [];
  return error.errors.length > 0 ? error.errors : [{ field: "", message: error.message }];
}
