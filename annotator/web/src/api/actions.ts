// What the app changes: plain functions, called from mutations and from the work screens.
import { api } from "./client";
import { unwrap, unwrapMaybe } from "./error";
import type * as T from "./types";

const path = <P extends Record<string, string>>(params: P) => ({ params: { path: params } });

export const logIn = (body: { email: string; password: string }) => unwrap<T.Me>(api.POST("/api/session", { body }));
export const logOut = () => unwrapMaybe(api.DELETE("/api/session"));
export const logOutEverywhere = () => unwrapMaybe(api.DELETE("/api/sessions"));
export const changeMe = (body: { name?: string; locale?: "en" | "ko"; theme?: "dark" | "light" | "system"; preferences?: T.PreferencesPatch }) =>
  unwrap<T.Me>(api.PATCH("/api/me", { body }));
export const changePassword = (body: { current: string; new: string }) => unwrapMaybe(api.POST("/api/me/password", { body }));
export const makeToken = (body: { name: string; scopes: ("read" | "write")[]; expires_at: string | null }) =>
  unwrap<T.Token & { token: string }>(api.POST("/api/me/tokens", { body }));
export const revokeToken = (token_id: string) => unwrapMaybe(api.DELETE("/api/me/tokens/{token_id}", path({ token_id })));

export const acceptInvitation = (token: string, body: { name: string; password: string }) =>
  unwrap<T.Me>(api.POST("/api/invitations/{token}", { ...path({ token }), body }));
export const inviteUser = (body: { email: string; name: string; is_admin: boolean }) =>
  unwrap<{ user: T.User; invitation_url: string }>(api.POST("/api/users", { body }));
export const changeUser = (user_id: string, body: { name?: string; is_admin?: boolean; active?: boolean }) =>
  unwrap<T.User>(api.PATCH("/api/users/{user_id}", { ...path({ user_id }), body }));
export const resetUser = (user_id: string) =>
  unwrap<{ invitation_url: string }>(api.POST("/api/users/{user_id}/reset", path({ user_id })));

export const makeProject = (body: { name: string; kind: T.ProjectKind; description: string; review_share: number }) =>
  unwrap<T.Project>(api.POST("/api/projects", { body }));
export const changeProject = (
  project_id: string,
  body: {
    name?: string;
    description?: string;
    review_share?: number;
    archived?: boolean;
    kind_skills?: Partial<Record<T.TaskKind, string>>;
    cap_leases?: number | null;
    cap_daily?: number | null;
    overlap_share?: number;
    overlap_people?: number;
    drafts_after_watch?: boolean;
    quota_bytes?: number | null;
  },
) => unwrap<T.Project>(api.PATCH("/api/projects/{project_id}", { ...path({ project_id }), body }));
export const writeGuideline = (project_id: string, text: string) =>
  unwrap<T.Guideline>(api.PUT("/api/projects/{project_id}/guideline", { ...path({ project_id }), body: { text } }));
export interface MemberChange {
  role: T.Role;
  skills?: string[];
  cap_leases?: number | null;
  cap_daily?: number | null;
}
/** Takes somebody in by their exact address. */
export const addMember = (project_id: string, body: { email: string; role: T.Role }) =>
  unwrap<T.Member>(api.POST("/api/projects/{project_id}/members", { ...path({ project_id }), body }));
export const setMember = (project_id: string, user_id: string, body: MemberChange) =>
  unwrap<T.Member>(api.PUT("/api/projects/{project_id}/members/{user_id}", { ...path({ project_id, user_id }), body }));
export const removeMember = (project_id: string, user_id: string) =>
  unwrapMaybe(api.DELETE("/api/projects/{project_id}/members/{user_id}", path({ project_id, user_id })));

export const flagVideo = (project_id: string, video_id: string, reason: string) =>
  unwrap<T.Flag>(api.PUT("/api/projects/{project_id}/videos/{video_id}/flag", { ...path({ project_id, video_id }), body: { reason } }));
export const unflagVideo = (project_id: string, video_id: string) =>
  unwrap<T.Flag>(api.DELETE("/api/projects/{project_id}/videos/{video_id}/flag", path({ project_id, video_id })));
export const removeVideo = (project_id: string, video_id: string) =>
  unwrapMaybe(api.DELETE("/api/projects/{project_id}/videos/{video_id}", path({ project_id, video_id })));
export const startUpload = (project_id: string, body: { name: string; size: number }) =>
  unwrap<T.Upload>(api.POST("/api/projects/{project_id}/uploads", { ...path({ project_id }), body }));
export const readUpload = (upload_id: string) => unwrap<T.Upload>(api.GET("/api/uploads/{upload_id}", path({ upload_id })));
export const finishUpload = (upload_id: string) =>
  unwrap<T.Video>(api.POST("/api/uploads/{upload_id}/finish", { ...path({ upload_id }), body: {} }));

export interface NewSegment {
  video_id: string;
  picture_start: number;
  picture_end: number;
  what: string;
  domain: string;
  questions: { text: string; q_type: T.QuestionType; draft: string | null }[];
}
export const makeSegment = (project_id: string, body: NewSegment) =>
  unwrap<T.Segment>(api.POST("/api/projects/{project_id}/segments", { ...path({ project_id }), body }));

export const nextTask = (project_id: string, kinds?: readonly T.TaskKind[]): Promise<T.Task | undefined> =>
  unwrapMaybe<T.Task>(api.POST("/api/projects/{project_id}/tasks/next", { ...path({ project_id }), body: kinds ? { kinds: [...kinds] } : {} }));
/** Keeps what comes next for me for some minutes, so that the page can load it; undefined when nothing waits. */
export const preloadTask = (project_id: string, kinds?: readonly T.TaskKind[]): Promise<T.Task | undefined> =>
  unwrapMaybe<T.Task>(api.POST("/api/projects/{project_id}/tasks/preload", { ...path({ project_id }), body: kinds ? { kinds: [...kinds] } : {} }));
export type Bulk =
  | { verb: "assign"; assignee_id: string | null }
  | { verb: "take_back" }
  | { verb: "reopen" }
  | { verb: "priority"; priority: number }
  | { verb: "skill"; skill: string };
export const changeTasks = (project_id: string, task_ids: readonly string[], bulk: Bulk) =>
  unwrap<T.BulkDone>(api.POST("/api/projects/{project_id}/tasks/bulk", { ...path({ project_id }), body: { task_ids: [...task_ids], ...bulk } }));
export const releaseTask = (task_id: string) => unwrapMaybe(api.POST("/api/tasks/{task_id}/release", path({ task_id })));
export const skipTask = (task_id: string, reason: string) =>
  unwrapMaybe(api.POST("/api/tasks/{task_id}/skip", { ...path({ task_id }), body: { reason } }));
export const heartbeat = (task_id: string, active_seconds_delta: number) =>
  unwrap<{ lease_expires_at: string }>(api.POST("/api/tasks/{task_id}/heartbeat", { ...path({ task_id }), body: { active_seconds_delta } }));
export const submitTask = (task_id: string, revision: number) =>
  unwrap<T.Task>(api.POST("/api/tasks/{task_id}/submit", { ...path({ task_id }), body: { revision } }));

export interface Decision {
  revision: number;
  verdict: "accept" | "return";
  step?: "subject" | "caption" | "answer";
  reasons: string[];
  comment: string;
}
export const decide = (task_id: string, body: Decision) =>
  unwrap<T.Task>(api.POST("/api/tasks/{task_id}/decision", { ...path({ task_id }), body }));

/** A key of this request alone: sent again by whatever lies between, it is still one release or one run. */
const once = () => ({ "idempotency-key": crypto.randomUUID?.() ?? String(Math.random()) });
export const buildRelease = (
  project_id: string,
  body: { name?: string; test_share: number; split_by_annotator: boolean; rule: T.ReleaseRule; licence: string; since?: string },
) =>
  unwrap<T.Release>(
    api.POST("/api/projects/{project_id}/releases", {
      params: { path: { project_id }, header: once() },
      body,
    }),
  );
export const sayOfRelease = (release_id: string, body: { kept_why?: string | null; deprecated_why?: string | null }) =>
  unwrap<T.Release>(api.PATCH("/api/releases/{release_id}", { ...path({ release_id }), body }));
export const deleteRelease = (release_id: string, reason: string) =>
  unwrap<T.Release>(api.POST("/api/releases/{release_id}/delete", { ...path({ release_id }), body: { reason } }));
export const startRun = (body: { release_id: string; recipe: string }) =>
  unwrap<T.Run>(api.POST("/api/runs", { params: { header: once() }, body }));
export const cancelRun = (run_id: string) => unwrapMaybe(api.POST("/api/runs/{run_id}/cancel", path({ run_id })));
export const startEvaluation = (run_id: string, split: "train" | "test") =>
  unwrap<T.Evaluation>(api.POST("/api/runs/{run_id}/evaluations", { ...path({ run_id }), body: { split } }));

/** A JSONL or CSV file as it is; the type says which. `dryRun` only checks. */
export async function importSegments(project_id: string, file: File, dryRun: boolean): Promise<T.SegmentImport> {
  const type = file.name.toLowerCase().endsWith(".csv") ? "text/csv" : "application/jsonl";
  return unwrap<T.SegmentImport>(
    api.POST("/api/projects/{project_id}/segments/import", {
      params: { path: { project_id }, query: { dry_run: dryRun } },
      headers: { "Content-Type": type },
      body: await file.text(),
      bodySerializer: (text: string) => text,
    }),
  );
}
