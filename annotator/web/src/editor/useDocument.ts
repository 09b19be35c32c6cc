/** A task's document in React: opened once, replayed from the browser's log, closed when the screen goes. */

import { useEffect, useState } from "react";
import { useStore } from "zustand";

import { api } from "../api/client";
import { unwrap } from "../api/error";
import { DocumentStore, type DocumentState, type Loaded } from "./documentStore";
import { IndexedLog, MemoryLog, type OperationLog } from "./log";
import { forgetfulShelf, IndexedShelf, type HistoryShelf } from "./shelf";
import { httpTransport } from "./transport";

export interface Opening {
  readonly store: DocumentStore | null;
  readonly error: unknown;
}

const logs = new Map<string, OperationLog>();

function logOf(person: string): OperationLog {
  let log = logs.get(person);
  if (!log) {
    log = "indexedDB" in globalThis ? new IndexedLog(person) : new MemoryLog();
    logs.set(person, log);
  }
  return log;
}

const shelves = new Map<string, HistoryShelf>();

function shelfOf(person: string): HistoryShelf {
  let shelf = shelves.get(person);
  if (!shelf) {
    shelf = "indexedDB" in globalThis ? new IndexedShelf(person) : forgetfulShelf;
    shelves.set(person, shelf);
  }
  return shelf;
}

/** Opens the document of a task for a person (the log is theirs alone); waits while the person is not known yet. */
export function useDocument(taskId: string, person: string | null): Opening {
  const [opening, setOpening] = useState<Opening>({ store: null, error: null });
  useEffect(() => {
    if (person === null) return undefined;
    let gone = false;
    let store: DocumentStore | null = null;
    const open = async (): Promise<void> => {
      try {
        const loaded = await unwrap<Loaded>(
          api.GET("/api/tasks/{task_id}/document", { params: { path: { task_id: taskId } } }),
        );
        store = await DocumentStore.open(loaded, httpTransport, logOf(person), shelfOf(person));
        if (gone) store.close();
        else setOpening({ store, error: null });
      } catch (error) {
        if (!gone) setOpening({ store: null, error });
      }
    };
    void open();
    const back = (): void => {
      store?.resume();
    };
    const leaving = (event: BeforeUnloadEvent): void => {
      if (store && store.state.getState().unsaved > 0) event.preventDefault();
    };
    window.addEventListener("online", back);
    window.addEventListener("beforeunload", leaving);
    return () => {
      gone = true;
      window.removeEventListener("online", back);
      window.removeEventListener("beforeunload", leaving);
      const leftBehind = store;
      void leftBehind?.flush().finally(() => {
        leftBehind.close();
      });
      setOpening({ store: null, error: null });
    };
  }, [taskId, person]);
  return opening;
}

/** Part of a document's state; the component renders again only when that part changes. */
export function useDocumentState<Part>(store: DocumentStore, select: (state: DocumentState) => Part): Part {
  return useStore(store.state, select);
}
