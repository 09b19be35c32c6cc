// Which program shows a kind of task; asked for by the page of a task, and ahead of it when a visit begins there.
import type { ComponentType } from "react";
import type { Task, TaskKind } from "../api/types";

export type Screen = ComponentType<{ task: Task }>;
type Load = () => Promise<{ default: Screen }>;

const stc: Load = () => import("../workbench/StcWork").then((module) => ({ default: module.StcScreen }));
const answers: Load = () => import("../fgqa/FgqaWork").then((module) => ({ default: module.FgqaWork }));
const verdicts: Load = () => import("../review/FgqaReview").then((module) => ({ default: module.FgqaReview }));

export const loadScreen: Readonly<Record<TaskKind, Load>> = {
  stc_subject: stc,
  stc_caption: stc,
  stc_verify: stc,
  stc_review: stc,
  fgqa_answer: answers,
  fgqa_review: verdicts,
};
