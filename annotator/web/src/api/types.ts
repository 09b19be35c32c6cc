// Names of the wire's types, as the app says them; the types are the server's.
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type ProjectKind = Schemas["ProjectKind"];
export type Role = Schemas["Role"];
export type TaskKind = Schemas["TaskKind"];
export type TaskState = Schemas["TaskState"];
export type JobState = Schemas["JobState"];

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export type Me = Schemas["Me"];
export type Preferences = Schemas["Preferences"];
export type PreferencesPatch = Schemas["PreferencesPatch"];
export type System = Schemas["SystemOut"];
export type User = Schemas["UserOut"];
export type Token = Schemas["TokenOut"];
export type Invitation = Schemas["InvitationOut"];
export type Project = Schemas["ProjectOut"];
export type Guideline = Schemas["GuidelineOut"];
export type Member = Schemas["MemberOut"];
export type Video = Schemas["VideoOut"];
export type Fetch = Schemas["FetchOut"];
export type Effort = Schemas["EffortOut"];
export type StorageRoom = Schemas["StorageOut"];
export type Upload = Schemas["UploadOut"];
export type Segment = Schemas["SegmentOut"];
export type SegmentImport = Schemas["SegmentImportOut"];
export type Task = Schemas["TaskOut"];
export type TaskRow = Schemas["TaskRow"];
export type BulkDone = Schemas["BulkOut"];
export type Flag = Schemas["FlagOut"];
export type Edit = Schemas["LogEntry"];
export type Queue = Schemas["WorkQueueOut"];
export type QueueLine = Schemas["QueueEntry"];
/** As the client answers: a pair has become a list. */
type OtherSubject = Omit<Schemas["OtherSubject"], "presence"> & { presence: number[][] | null };
export type TaskContext = Omit<Schemas["ContextOut"], "others"> & { others: OtherSubject[] };
/** The same. */
type SideMasks = Omit<Schemas["SideMasks"], "presence"> & { presence: number[][] | null };
export type Version = Schemas["VersionOut"];
export type Side = Omit<Schemas["SideOut"], "masks"> & { masks: SideMasks[] };
export type Beside = Omit<Schemas["BesideOut"], "left" | "right"> & { left: Side | null; right: Side | null };
export type TaskPreview = Schemas["PreviewOut"];
export type Review = Schemas["ReviewOut"];
export type Release = Schemas["ReleaseOut"];
export type ReleasePreview = Schemas["ReleasePreviewOut"];
export type ReleaseRule = Schemas["Rule"];
export type ReleaseProblem = Schemas["ProblemOut"];
export type ReleaseDiff = Schemas["ReleaseDiff"];
export type Withdrawn = Schemas["WithdrawnOut"];
export type Webhook = Schemas["WebhookOut"];
export type WebhookMade = Schemas["WebhookMade"];
export type Delivery = Schemas["DeliveryOut"];
export type HookEvent = Schemas["HookEvent"];
export const HOOK_EVENTS = ["release.ready", "task.submitted", "run.finished"] as const satisfies readonly HookEvent[];
export type Run = Schemas["RunOut"];
export type Evaluation = Schemas["EvaluationOut"];
/** One line of metrics.jsonl: what the trainer wrote, by name. */
export interface Metric {
  readonly step: number;
  readonly loss: number;
  readonly [name: string]: unknown;
}
export type Job = Schemas["JobDetail"];
export type Lane = Schemas["LaneOut"];
export type Worker = Schemas["WorkerOut"];
export type RejectReason = Schemas["RejectReason"];

export type QuestionType = Schemas["QuestionType"];
export const QUESTION_TYPES = [
  "Action Recognition",
  "Action Sequence",
  "Counting Problems",
  "Movement Direction",
  "Object Attributes",
  "Object Location",
  "Object Recognition",
  "Object State",
  "Pose",
  "Spatial Relations",
  "Speed/Force",
  "Other",
] as const satisfies readonly QuestionType[];
