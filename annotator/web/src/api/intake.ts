// Videos that are fetched from addresses, and the room that is left: what is asked and what is changed.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { unwrap, unwrapMaybe } from "./error";
import { keys } from "./keys";
import type * as T from "./types";

const PAGE = 50;

export const fetchesQuery = (project_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.fetches(project_id),
    initialPageParam: "",
    getNextPageParam: (page: T.Page<T.Fetch>) => page.next ?? undefined,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Fetch>>(
        api.GET("/api/projects/{project_id}/fetches", {
          params: { path: { project_id }, query: { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
  });

export const storageQuery = (project_id: string) =>
  queryOptions({
    queryKey: keys.storage(project_id),
    queryFn: () => unwrap<T.StorageRoom>(api.GET("/api/projects/{project_id}/storage", { params: { path: { project_id } } })),
  });

export const beginFetches = (project_id: string, body: { addresses: string[]; source_dataset: string }) =>
  unwrap<T.Fetch[]>(api.POST("/api/projects/{project_id}/fetches", { params: { path: { project_id } }, body }));
export const retryFetch = (fetch_id: string) =>
  unwrap<T.Fetch>(api.POST("/api/fetches/{fetch_id}/retry", { params: { path: { fetch_id } } }));
export const forgetFetch = (fetch_id: string) =>
  unwrapMaybe(api.DELETE("/api/fetches/{fetch_id}", { params: { path: { fetch_id } } }));
