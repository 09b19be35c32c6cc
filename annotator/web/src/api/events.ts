// Server-sent events: one connection for the topics a page cares about, opened again after any break.
import { useEffect, useRef } from "react";

export type EventName = "job" | "masks" | "track" | "joined" | "metrics" | "task";
const NAMES: readonly EventName[] = ["job", "masks", "track", "joined", "metrics", "task"];
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

export interface ServerEvent {
  name: EventName;
  data: unknown;
}

export interface EventsOptions {
  /** Called when a new connection listens: what happened before it must be read from now on, not earlier. */
  onOpen?: () => void;
  /** Called when the connection is back after a break, or events were missed: what was missed must be read anew. */
  onReconnect?: () => void;
}

/** Listen until the returned function is called. */
export function listen(topics: readonly string[], handler: (event: ServerEvent) => void, options: EventsOptions = {}): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT;
  let broken = false;
  let lastId = "";
  const heard = new Set(topics);

  const open = () => {
    const query = new URLSearchParams([...heard].map((topic) => ["topic", topic]));
    if (lastId) query.set("last_event_id", lastId);
    const connection = new EventSource(`/api/events?${query}`);
    source = connection;
    connection.onopen = () => {
      wait = FIRST_WAIT;
      if (broken) options.onReconnect?.();
      else options.onOpen?.();
      broken = false;
    };
    connection.onerror = () => {
      broken = true;
      // The browser tries again by itself, with the address it has: a new one where a topic is gone.
      if (connection.readyState !== EventSource.CLOSED && heard.size === topics.length) return;
      connection.close();
      if (heard.size === 0) return;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
    // The server no longer has the events after our last one.
    connection.addEventListener("reset", (message: MessageEvent<string>) => {
      lastId = message.lastEventId || lastId;
      options.onReconnect?.();
    });
    // We may no longer hear this topic; asking for it again would refuse the others, too.
    connection.addEventListener("gone", (message: MessageEvent<string>) => {
      heard.delete((JSON.parse(message.data) as { topic: string }).topic);
      if (heard.size === 0) connection.close();
    });
    for (const name of NAMES) {
      connection.addEventListener(name, (message: MessageEvent<string>) => {
        lastId = message.lastEventId || lastId;
        handler({ name, data: JSON.parse(message.data) });
      });
    }
  };

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

/** Listen while the component lives; no connection for an empty list. The handler may change between renders. */
export function useEvents(topics: readonly string[], handler: (event: ServerEvent) => void, options: EventsOptions = {}): void {
  const latest = useRef({ handler, options });
  useEffect(() => {
    latest.current = { handler, options };
  });
  const joined = [...new Set(topics)].sort().join("\n");
  useEffect(() => {
    if (!joined) return;
    return listen(joined.split("\n"), (event) => latest.current.handler(event), {
      onOpen: () => latest.current.options.onOpen?.(),
      onReconnect: () => latest.current.options.onReconnect?.(),
    });
  }, [joined]);
}
