// Webhooks of a project, or of the whole site where no project is named: what is asked and what is changed.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { unwrap, unwrapMaybe } from "./error";
import { keys } from "./keys";
import type * as T from "./types";

const PAGE = 20;
const POLL_MS = 2000;
const path = (webhook_id: string) => ({ params: { path: { webhook_id } } });

export const webhooksQuery = (project_id: string | null) =>
  queryOptions({
    queryKey: keys.webhooks(project_id),
    queryFn: () =>
      project_id === null
        ? unwrap<T.Webhook[]>(api.GET("/api/webhooks"))
        : unwrap<T.Webhook[]>(api.GET("/api/projects/{project_id}/webhooks", { params: { path: { project_id } } })),
  });

/** Newest first; looked at again while one is on its way. */
export const deliveriesQuery = (webhook_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.deliveries(webhook_id),
    initialPageParam: "",
    getNextPageParam: (page: T.Page<T.Delivery>) => page.next ?? undefined,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Delivery>>(
        api.GET("/api/webhooks/{webhook_id}/deliveries", {
          params: { path: { webhook_id }, query: { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    refetchInterval: (query) => {
      const fresh = query.state.data?.pages[0]?.items.some((each) => each.state === "waiting" && each.attempts === 0);
      return fresh ? POLL_MS : false;
    },
  });

export interface WebhookBody {
  url: string;
  name: string;
  events: T.HookEvent[];
}
export const addWebhook = (project_id: string | null, body: WebhookBody) =>
  project_id === null
    ? unwrap<T.WebhookMade>(api.POST("/api/webhooks", { body }))
    : unwrap<T.WebhookMade>(api.POST("/api/projects/{project_id}/webhooks", { params: { path: { project_id } }, body }));
export const changeWebhook = (id: string, body: Partial<WebhookBody> & { paused?: boolean }) =>
  unwrap<T.Webhook>(api.PATCH("/api/webhooks/{webhook_id}", { ...path(id), body }));
export const deleteWebhook = (id: string) => unwrapMaybe(api.DELETE("/api/webhooks/{webhook_id}", path(id)));
export const newSecret = (id: string) => unwrap<T.WebhookMade>(api.POST("/api/webhooks/{webhook_id}/secret", path(id)));
export const pingWebhook = (id: string) => unwrap<T.Delivery>(api.POST("/api/webhooks/{webhook_id}/ping", path(id)));
/** Those named, or all that are parked. */
export const resend = (id: string, delivery_ids: string[] | null) =>
  unwrap<{ count: number }>(api.POST("/api/webhooks/{webhook_id}/resend", { ...path(id), body: { delivery_ids } }));
