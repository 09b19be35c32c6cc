// The words of kinds, states and roles, as message keys: the compiler sees a missing one.
import type { JobState, ProjectKind, Release, Role, TaskKind, TaskState, Video } from "../api/types";
import type { MessageKey } from "../i18n";

export const kindWord: Record<ProjectKind, MessageKey> = { stc: "project.kind.stc", fgqa: "project.kind.fgqa" };

export const roleWord: Record<Role, MessageKey> = {
  annotator: "role.annotator",
  reviewer: "role.reviewer",
  lead: "role.lead",
};

export const taskWord: Record<TaskKind, MessageKey> = {
  stc_subject: "task.stc_subject",
  stc_caption: "task.stc_caption",
  stc_verify: "task.stc_verify",
  stc_review: "task.stc_review",
  fgqa_answer: "task.fgqa_answer",
  fgqa_review: "task.fgqa_review",
};

export const taskAbout: Record<TaskKind, MessageKey> = {
  stc_subject: "task.about.stc_subject",
  stc_caption: "task.about.stc_caption",
  stc_verify: "task.about.stc_verify",
  stc_review: "task.about.stc_review",
  fgqa_answer: "task.about.fgqa_answer",
  fgqa_review: "task.about.fgqa_review",
};

export const stateWord: Record<TaskState, MessageKey> = {
  blocked: "task.state.blocked",
  ready: "task.state.ready",
  leased: "task.state.leased",
  submitted: "task.state.submitted",
  accepted: "task.state.accepted",
  closed: "task.state.closed",
};

/** Kinds of jobs that have a word; one of a plug-in shows as it is called. */
export const jobKindWord: Readonly<Record<string, MessageKey>> = {
  ingest: "jobs.kind.ingest",
  open_tasks: "jobs.kind.open_tasks",
  reap_leases: "jobs.kind.reap_leases",
  return_leases: "jobs.kind.return_leases",
  delete_abandoned_uploads: "jobs.kind.delete_abandoned_uploads",
  propose: "jobs.kind.propose",
  track: "jobs.kind.track",
  build_release: "jobs.kind.build_release",
  train: "jobs.kind.train",
  evaluate: "jobs.kind.evaluate",
  fetch_video: "jobs.kind.fetch_video",
  collect_objects: "jobs.kind.collect_objects",
  forget_jobs: "jobs.kind.forget_jobs",
  forget_release_media: "jobs.kind.forget_release_media",
  deliver_webhooks: "jobs.kind.deliver_webhooks",
  forget_webhook_deliveries: "jobs.kind.forget_webhook_deliveries",
};

/** The lanes that jobs wait in. */
export const laneWord: Readonly<Record<string, MessageKey>> = {
  clicks: "jobs.lane.clicks",
  track: "jobs.lane.track",
  ingest: "jobs.lane.ingest",
  release: "jobs.lane.release",
  train: "jobs.lane.train",
  light: "jobs.lane.light",
};

export const jobWord: Record<JobState, MessageKey> = {
  queued: "job.queued",
  running: "job.running",
  done: "job.done",
  failed: "job.failed",
  cancelled: "job.cancelled",
};

export const videoWord: Record<Video["state"], MessageKey> = {
  queued: "video.queued",
  ingesting: "video.ingesting",
  ready: "video.ready",
  refused: "video.refused",
  failed: "video.failed",
};

export const releaseWord: Record<Release["state"], MessageKey> = {
  building: "release.building",
  ready: "release.ready",
  failed: "release.failed",
};

const LADDER: readonly Role[] = ["annotator", "reviewer", "lead"];

/** Whether a person with `role` may do what `needed` may. */
export function atLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && LADDER.indexOf(role) >= LADDER.indexOf(needed);
}
