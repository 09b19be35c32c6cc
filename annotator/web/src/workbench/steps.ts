/** The steps of STC: which actions and panels each has. A new step is one more entry. */

import type { TaskKind } from "../api/types";
import type { Action } from "../editor/action";
import type { Bench } from "./bench";
import { eventActions } from "./eventActions";
import { drawActions } from "./drawActions";
import { playActions, taskActions } from "./playActions";
import { splitActions, trackActions } from "./trackActions";
import { markActions } from "./markActions";
import { decideActions, reactionAction, screenActions } from "./screenActions";
import { chooseActions, subjectActions } from "./subjectActions";

export interface StepDefinition {
  readonly actions: readonly Action<Bench>[];
  /** Subjects are chosen here, added and removed. */
  readonly choosesSubjects: boolean;
  /** The mask may be corrected. */
  readonly correctsSubjects: boolean;
  readonly hasEvents: boolean;
  /** Ends with accept or return instead of a submit. */
  readonly decides: boolean;
}

const base = [...playActions, ...taskActions, ...screenActions];
const events = [...eventActions, ...markActions, reactionAction];

export const STEPS: Partial<Record<TaskKind, StepDefinition>> = {
  stc_subject: {
    actions: [...base, ...subjectActions, ...drawActions, ...trackActions, ...chooseActions, ...splitActions],
    choosesSubjects: true,
    correctsSubjects: true,
    hasEvents: false,
    decides: false,
  },
  stc_caption: {
    actions: [...base, ...events],
    choosesSubjects: false,
    correctsSubjects: false,
    hasEvents: true,
    decides: false,
  },
  stc_verify: {
    actions: [...base, ...events, ...subjectActions, ...drawActions, ...trackActions, ...decideActions],
    choosesSubjects: false,
    correctsSubjects: true,
    hasEvents: true,
    decides: true,
  },
  stc_review: {
    actions: [...base, ...events, ...decideActions],
    choosesSubjects: false,
    correctsSubjects: false,
    hasEvents: true,
    decides: true,
  },
};
