// Names of the wire's types, as the app says them.

export type ProjectKind = "stc" | "fgqa";
export type Role = "annotator" | "reviewer" | "lead";
export type TaskKind = "stc_subject" | "stc_caption" | "stc_verify" | "stc_review" | "fgqa_answer" | "fgqa_review";
export type TaskState = "blocked" | "ready" | "leased" | "submitted" | "accepted" | "closed";
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface TaskRow {
  id: string; kind: TaskKind; state: TaskState; video_id: string; video_name: string; segment_id: string | null; masklet_id: string | null;
  priority: number; returns: number; active_seconds: number; holder: { id: string; name: string } | null; assignee: { id: string; name: string } | null;
  submitted_by: { id: string; name: string } | null; submitted_at: string | null; lease_expires_at: string | null;
}
export interface Page<Item> { items: Item[]; next: string | null }

export interface Me {
  id: string; email: string; name: string; is_admin: boolean; locale: "en" | "ko"; theme: string;
  projects: { id: string; name: string; kind: ProjectKind; role: Role }[];
}
export interface User { id: string; email: string; name: string; is_admin: boolean; active: boolean; created_at: string }
export interface Token {
  id: string; name: string; prefix: string; scopes: ("read" | "write")[];
  created_at: string; expires_at: string | null; last_used_at: string | null; revoked_at?: string | null;
}
export interface System {
  name: string; version: string; propagators: string[]; recipes: string[];
  demo_accounts: { email: string; name: string; password: string; role: string }[] | null;
}
export interface Project {
  id: string; name: string; kind: ProjectKind; description: string; guideline_version: number; review_share: number;
  lease_minutes: number; propagator: "flow" | "sam2"; archived: boolean; my_role: Role;
  counts: { videos: number; tasks_ready: number; tasks_leased: number; tasks_submitted: number; tasks_accepted: number };
}
export interface Guideline { version: number; text: string; created_at: string }
export interface Member { user: { id: string; name: string; email: string }; role: Role }
export interface Video {
  id: string; name: string; sha256: string; size: number;
  state: "queued" | "ingesting" | "ready" | "refused" | "failed";
  reason_code: string | null; reason: string | null;
  width: number | null; height: number | null; source_width: number | null; source_height: number | null;
  pictures: number | null; grid_length: number | null; seconds: number | null; rate: string | null; has_audio: boolean | null;
  progress: { job_id: string; fraction: number; message: string } | null;
  thumbnails: { columns: number; rows: number; width: number; height: number; pictures: number[] } | null;
}
export interface Upload { id: string; name: string; size: number; received: number }
export interface SegmentQuestion { id: string; text: string; q_type: QuestionType; draft: string | null; origin: string; position: number; state: string }
export interface Segment {
  id: string; video_id: string; video_name: string; picture_start: number; picture_end: number;
  what: string; domain: string; questions: SegmentQuestion[];
}
export const QUESTION_TYPES = [
  "Action Recognition", "Action Sequence", "Counting Problems", "Movement Direction", "Object Attributes", "Object Location",
  "Object Recognition", "Object State", "Pose", "Spatial Relations", "Speed/Force", "Other",
] as const;
export type QuestionType = (typeof QUESTION_TYPES)[number];
export interface QueueLine { kind: TaskKind; ready_for_me: number; leased_by_me: Task | null; done_today: number }
export interface Task {
  id: string; project_id: string; project_name: string; kind: TaskKind; state: TaskState; video_id: string; video_name: string;
  segment: { id: string; picture_start: number; picture_end: number; what: string; domain: string } | null;
  masklet_id: string | null; lease_expires_at: string | null; mine: boolean; guideline_version: number; returns: number;
  returned: { by_name: string | null; step: string | null; reasons: string[]; comment: string; at: string } | null;
  target_task_id: string | null; active_seconds: number; document_id: string | null;
}
export interface Invitation { email: string; name: string; purpose: "invite" | "reset" }
export interface Job {
  id: string; kind: string; lane: string; state: JobState; progress: number; message: string; error: string | null;
  created_at: string; started_at: string | null; finished_at: string | null; attempts: number;
}
export interface Release {
  id: string; project_id: string; number: number; name: string; state: "building" | "ready" | "failed";
  counts: Record<string, number> | null; manifest_sha256: string | null;
  job: { id: string; fraction: number; message: string } | null; error: string | null; created_at: string;
  files: { path: string; sha256: string; bytes: number; rows: number | null }[];
}
export interface ReleasePreview { videos: number; masklets: number; captions: number; answers: number }
export interface Review {
  id: string; task_id: string; kind: TaskKind; reviewer_name: string | null; verdict: "accept" | "return"; step: string | null;
  reasons: string[]; comment: string; created_at: string; video_name: string;
}
export interface Run {
  id: string; release: { id: string; name: string; number: number; project_id: string }; recipe: string;
  state: JobState; status: { step?: number; steps?: number; loss?: number; message?: string }; job_id: string | null; created_at: string;
}
export interface Metric { step: number; loss: number; lr?: number; [name: string]: number | undefined }
export interface Evaluation { id: string; split: string; state: JobState; report: Record<string, unknown> | null; created_at: string }
export interface EventRecord { id: string; grid_start: number; grid_end: number; caption: string }
export interface QuestionRecord { id: string; text: string; q_type: QuestionType; draft: string | null; origin: "imported" | "annotator" | "lead" }
export type RejectReason = "irrelevant" | "unanswerable" | "incorrect" | "lacks_detail";
export interface AnswerRecord { id: string; verdict: "accept" | "reject" | "write"; reason: RejectReason | null; text: string }
export interface NoteRecord { id: string; text: string; picture: number | null }
export interface Body {
  schema_version: number; subjects: Record<string, { id: string; label: string }>; events: Record<string, EventRecord>;
  questions: Record<string, QuestionRecord>; answers: Record<string, AnswerRecord>; notes: Record<string, NoteRecord>;
}
export interface Problem { field: string; code: string; message: string; severity: "error" | "warning" }
export interface TaskContext {
  previous: { kind: TaskKind; author_name: string | null; submitted_at: string; body: Body }[];
  reviews: { reviewer_name: string | null; verdict: "accept" | "return"; step: string | null; reasons: string[]; comment: string; created_at: string }[];
}
export interface TaskPreview { samples: { task: string; prompt: string; answer: string }[] }
