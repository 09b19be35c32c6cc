/** The guided tour of a work screen: what it points at, step by step. It is never in the way: keys and pointer go on. */

import { create } from "zustand";

import type { MessageKey } from "../i18n";

export interface TourStep {
  /** What is pointed at; a step whose place is not on this screen is left out. */
  readonly at: string;
  readonly title: MessageKey;
  readonly text: MessageKey;
}

/** About half a minute each. */
export const TOUR: readonly TourStep[] = [
  { at: "[data-tour=bar]", title: "tour.bar", text: "tour.barText" },
  { at: ".vg-player, .wb-stage", title: "tour.player", text: "tour.playerText" },
  { at: ".wb-left", title: "tour.subject", text: "tour.subjectText" },
  { at: ".wb-time", title: "tour.time", text: "tour.timeText" },
  { at: ".wb-events, [data-question]", title: "tour.work", text: "tour.workText" },
  { at: ".notes", title: "tour.notes", text: "tour.notesText" },
  { at: "[data-tour=end]", title: "tour.end", text: "tour.endText" },
];

/** The step that is shown; null while no tour is under way. It survives the way from My work to the task. */
export const useTour = create<{ step: number | null }>(() => ({ step: null }));

export function startTour(): void {
  useTour.setState({ step: 0 });
}
