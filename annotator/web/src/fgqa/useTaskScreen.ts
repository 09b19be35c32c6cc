/** What every task screen of questions and reviews stands on: the task, its document, its film, its lease, and the next task. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { useStore } from "zustand";
import { nextTask } from "../api/actions";
import { useEvents } from "../api/events";
import { keys } from "../api/keys";
import { meQuery } from "../api/queries";
import { useExpired } from "../api/queryClient";
import type { Task } from "../api/types";
import type { DocumentStore } from "../editor/documentStore";
import { useDocument } from "../editor/useDocument";
import { type MessageKey, t } from "../i18n";
import type { Player } from "../player/player";
import { usePlayer } from "../player/usePlayer";
import { say } from "../ui/toast";
import { type Lease, useLease } from "../workbench/useLease";
import { useAhead } from "../workbench/ahead";
import { receiveTold } from "../workbench/told";

export interface TaskScreen {
  readonly task: Task;
  readonly store: DocumentStore;
  readonly player: Player;
  readonly lease: Lease;
}

export interface OpeningScreen {
  readonly screen: TaskScreen | null;
  readonly error: unknown;
}

export function useTaskScreen(task: Task): OpeningScreen {
  const { data: me } = useQuery(meQuery);
  const document = useDocument(task.id, me?.id ?? null);
  const film = usePlayer(task.video_id);
  const lease = useLease(task.id, task.lease_expires_at, task.mine, film.player);
  useSignInAgain(document.store);
  const { store } = document;
  const { player } = film;
  return {
    screen: store && player ? { task, store, player, lease } : null,
    error: document.error ?? film.error,
  };
}

/** On the screens of questions: the next task is loaded while this one is worked on, and what others do to it is told. */
export function useAround(task: Task): void {
  useAhead(task);
  useEvents([`task:${task.id}`], receiveTold);
}

/** An expired log-in stops the saving: the dialog opens, and saving goes on after it. */
function useSignInAgain(store: DocumentStore | null): void {
  const expired = useExpired((state) => state.expired);
  useEffect(() => {
    if (!store) return undefined;
    return store.state.subscribe(({ status }, before) => {
      if (status === "signed-out" && before.status !== "signed-out") useExpired.setState({ expired: true });
    });
  }, [store]);
  useEffect(() => {
    if (!expired && store?.state.getState().status === "signed-out") store.resume();
  }, [expired, store]);
}

/** Goes to the next task of the same kind, then of any; home with a word when there is none. */
export function useNextTask(task: Task, nothing: MessageKey): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await client.invalidateQueries({ queryKey: keys.queue(task.project_id) });
    await client.invalidateQueries({ queryKey: keys.task(task.id), refetchType: "none" });
    const next = (await nextTask(task.project_id, [task.kind])) ?? (await nextTask(task.project_id));
    if (next) {
      client.setQueryData(keys.task(next.id), next);
      await navigate({ to: "/work/$taskId", params: { taskId: next.id } });
    } else {
      say(t(nothing));
      await navigate({ to: "/" });
    }
  };
}

/** Part of a vanilla store, for components. */
export const useBody = (store: DocumentStore) => useStore(store.state, (state) => state.body);
