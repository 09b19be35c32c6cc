// What the app reads: one queryOptions per resource, so that key, call and type stand together.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { unwrap } from "./error";
import { keys } from "./keys";
import type * as T from "./types";
import { whole } from "./whole";

const PAGE = 100;
const next = (page: { next: string | null }) => page.next ?? undefined;
const cursorOf = (cursor: string) => (cursor ? { cursor } : {});

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: () => unwrap<T.System>(api.GET("/api/system")),
  staleTime: Number.POSITIVE_INFINITY,
});

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: () => unwrap<T.Me>(api.GET("/api/me")),
  staleTime: 60_000,
});

export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: () => unwrap<{ items: T.Token[] }>(api.GET("/api/me/tokens")),
});

export const usersQuery = queryOptions({
  queryKey: keys.users,
  queryFn: () => whole((query) => unwrap<T.Page<T.User>>(api.GET("/api/users", { params: { query } }))),
});

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: keys.invitation(token),
    queryFn: () => unwrap<T.Invitation>(api.GET("/api/invitations/{token}", { params: { path: { token } } })),
    retry: false,
  });

export const projectsQuery = queryOptions({
  queryKey: keys.projects,
  queryFn: () => whole((query) => unwrap<T.Page<T.Project>>(api.GET("/api/projects", { params: { query } }))),
});

export const projectQuery = (project_id: string) =>
  queryOptions({
    queryKey: keys.project(project_id),
    queryFn: () => unwrap<T.Project>(api.GET("/api/projects/{project_id}", { params: { path: { project_id } } })),
  });

export const effortQuery = (project_id: string) =>
  queryOptions({
    queryKey: keys.effort(project_id),
    queryFn: () => unwrap<T.Effort>(api.GET("/api/projects/{project_id}/effort", { params: { path: { project_id } } })),
  });

export const guidelineQuery = (project_id: string, version?: number) =>
  queryOptions({
    queryKey: keys.guideline(project_id, version),
    queryFn: () =>
      unwrap<T.Guideline>(
        api.GET("/api/projects/{project_id}/guideline", {
          params: { path: { project_id }, query: version === undefined ? {} : { version } },
        }),
      ),
  });

export const membersQuery = (project_id: string) =>
  queryOptions({
    queryKey: keys.members(project_id),
    queryFn: () =>
      whole((query) =>
        unwrap<T.Page<T.Member>>(api.GET("/api/projects/{project_id}/members", { params: { path: { project_id }, query } })),
      ),
  });

export const videosQuery = (project_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.videos(project_id),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Video>>(
        api.GET("/api/projects/{project_id}/videos", {
          params: { path: { project_id }, query: { limit: PAGE, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const segmentsQuery = (project_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.segments(project_id),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Segment>>(
        api.GET("/api/projects/{project_id}/segments", {
          params: { path: { project_id }, query: { limit: PAGE, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const queueQuery = (project_id: string) =>
  queryOptions({
    queryKey: keys.queue(project_id),
    queryFn: () => unwrap<T.Queue>(api.GET("/api/projects/{project_id}/queue", { params: { path: { project_id } } })),
    refetchInterval: 30_000,
  });

export interface TaskFilter {
  state?: T.TaskState;
  kind?: T.TaskKind;
  person_id?: string;
  video_id?: string;
}

/** The log of a document, newest first, page by page. */
export const editsQuery = (document_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.edits(document_id),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Edit>>(
        api.GET("/api/documents/{document_id}/operations", {
          params: { path: { document_id }, query: { limit: 50, newest_first: true, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const projectTasksQuery = (project_id: string, filter: TaskFilter) =>
  infiniteQueryOptions({
    queryKey: keys.projectTasks(project_id, filter),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.TaskRow>>(
        api.GET("/api/projects/{project_id}/tasks", {
          params: { path: { project_id }, query: { limit: PAGE, ...filter, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const reviewsQuery = (project_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.reviews(project_id),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Review>>(
        api.GET("/api/projects/{project_id}/reviews", {
          params: { path: { project_id }, query: { limit: PAGE, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const releasesQuery = (project_id: string) =>
  queryOptions({
    queryKey: keys.releases(project_id),
    queryFn: () =>
      whole((query) =>
        unwrap<T.Page<T.Release>>(api.GET("/api/projects/{project_id}/releases", { params: { path: { project_id }, query } })),
      ),
  });

export const releasePreviewQuery = (project_id: string, wanted: T.ReleaseRule, since: string | null) => {
  const rule = JSON.stringify(wanted);
  return queryOptions({
    queryKey: keys.releasePreview(project_id, rule, since),
    queryFn: () =>
      unwrap<T.ReleasePreview>(
        api.GET("/api/projects/{project_id}/releases/preview", {
          params: { path: { project_id }, query: { rule, ...(since ? { since } : {}) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
};

export const releaseProblemsQuery = (release_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.releaseProblems(release_id),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.ReleaseProblem>>(
        api.GET("/api/releases/{release_id}/problems", {
          params: { path: { release_id }, query: { limit: PAGE, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const releaseWithdrawnQuery = (release_id: string) =>
  infiniteQueryOptions({
    queryKey: keys.releaseWithdrawn(release_id),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.Page<T.Withdrawn>>(
        api.GET("/api/releases/{release_id}/withdrawn", {
          params: { path: { release_id }, query: { limit: PAGE, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const releaseDiffQuery = (release_id: string, other: string) =>
  infiniteQueryOptions({
    queryKey: keys.releaseDiff(release_id, other),
    initialPageParam: "",
    getNextPageParam: next,
    queryFn: ({ pageParam }) =>
      unwrap<T.ReleaseDiff>(
        api.GET("/api/releases/{release_id}/diff", {
          params: { path: { release_id }, query: { with: other, limit: PAGE, ...cursorOf(pageParam) } },
        }),
      ),
  });

export const releaseQuery = (release_id: string) =>
  queryOptions({
    queryKey: keys.release(release_id),
    queryFn: () => unwrap<T.Release>(api.GET("/api/releases/{release_id}", { params: { path: { release_id } } })),
  });

export const videoQuery = (video_id: string) =>
  queryOptions({
    queryKey: keys.video(video_id),
    queryFn: () => unwrap<T.Video>(api.GET("/api/videos/{video_id}", { params: { path: { video_id } } })),
  });

export const taskQuery = (task_id: string) =>
  queryOptions({
    queryKey: keys.task(task_id),
    queryFn: () => unwrap<T.Task>(api.GET("/api/tasks/{task_id}", { params: { path: { task_id } } })),
  });

export const contextQuery = (task_id: string) =>
  queryOptions({
    queryKey: keys.context(task_id),
    queryFn: () => unwrap<T.TaskContext>(api.GET("/api/tasks/{task_id}/context", { params: { path: { task_id } } })),
  });

/** Two documents of the same work; without `left` and `right`, those that are worth a look first. */
export const besideQuery = (task_id: string, left: string | null, right: string | null) =>
  queryOptions({
    queryKey: keys.beside(task_id, left, right),
    queryFn: () => {
      const query = { ...(left === null ? {} : { left }), ...(right === null ? {} : { right }) };
      return unwrap<T.Beside>(api.GET("/api/tasks/{task_id}/beside", { params: { path: { task_id }, query } }));
    },
    placeholderData: keepPreviousData,
  });

export const taskPreviewQuery = (task_id: string, revision: number) =>
  queryOptions({
    queryKey: keys.preview(task_id, revision),
    queryFn: () => unwrap<T.TaskPreview>(api.GET("/api/tasks/{task_id}/preview", { params: { path: { task_id } } })),
  });

export const runsQuery = queryOptions({
  queryKey: keys.runs,
  queryFn: () => whole((query) => unwrap<T.Page<T.Run>>(api.GET("/api/runs", { params: { query } }))),
});

export const runQuery = (run_id: string) =>
  queryOptions({
    queryKey: keys.run(run_id),
    queryFn: () => unwrap<T.Run>(api.GET("/api/runs/{run_id}", { params: { path: { run_id } } })),
  });

/** Lines without a loss (validation, the end) are other things than points of the curve. */
const isMetric = (line: Readonly<Record<string, unknown>>): line is T.Metric & Record<string, unknown> =>
  typeof line["step"] === "number" && typeof line["loss"] === "number";

export const metricsQuery = (run_id: string) =>
  queryOptions({
    queryKey: keys.metrics(run_id),
    queryFn: async () => {
      const { items } = await unwrap(api.GET("/api/runs/{run_id}/metrics", { params: { path: { run_id } } }));
      return { items: items.filter(isMetric) };
    },
  });

export const evaluationsQuery = (run_id: string) =>
  queryOptions({
    queryKey: keys.evaluations(run_id),
    queryFn: () =>
      whole((query) =>
        unwrap<T.Page<T.Evaluation>>(api.GET("/api/runs/{run_id}/evaluations", { params: { path: { run_id }, query } })),
      ),
  });
