// What admins read and ask of background work: jobs, the lanes they wait in, and the workers that run them.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { unwrap } from "./error";
import { keys } from "./keys";
import type * as T from "./types";

const EVERY = 3_000;

export interface JobFilter {
  state?: T.JobState;
  kind?: string;
  housekeeping: boolean;
}

export const jobsQuery = (filter: JobFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.jobs, "list", filter] as const,
    initialPageParam: "",
    getNextPageParam: (page: T.Page<T.Job>) => page.next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Job>>(
        api.GET("/api/jobs", { params: { query: { limit: 50, ...filter, ...(pageParam ? { cursor: pageParam } : {}) } } }),
      ),
    refetchInterval: EVERY,
  });

export const lanesQuery = queryOptions({
  queryKey: [...keys.jobs, "lanes"] as const,
  queryFn: () => unwrap<T.Lane[]>(api.GET("/api/queues")),
  refetchInterval: EVERY,
});

export const workersQuery = queryOptions({
  queryKey: [...keys.jobs, "workers"] as const,
  queryFn: () => unwrap<T.Worker[]>(api.GET("/api/workers")),
  refetchInterval: EVERY,
});

export const cancelJob = (job_id: string) => unwrap<T.Job>(api.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id } } }));
export const retryJob = (job_id: string) => unwrap<T.Job>(api.POST("/api/jobs/{job_id}/retry", { params: { path: { job_id } } }));
