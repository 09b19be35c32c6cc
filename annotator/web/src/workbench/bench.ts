/** What the actions of the workbench act on: the task's player, document, subjects and what is looked at. */

import { createStore, type StoreApi } from "zustand/vanilla";

import type { Task, Video } from "../api/types";
import type { Body } from "../editor/body";
import type { DocumentStore } from "../editor/documentStore";
import type { Player } from "../player/player";
import type { Region } from "../review/notes";
import { closeGaps, stretches } from "../timeline/gapFree";
import type { Span } from "../timeline/spans";
import type { Drawing } from "./drawing";
import { othersChosen } from "./others";
import type { Subjects } from "./subjects";
import type { Direction } from "./wire";

/** What is looked at: never saved, never undone. */
export interface View {
  readonly selected: string | null;
  readonly table: boolean;
  readonly looping: boolean;
  /** Edits leave no hole where the subject is visible. */
  readonly gapFree: boolean;
  /** The timeline shows the events of the video's other subjects. */
  readonly others: boolean;
  readonly zoom: number;
  readonly help: boolean;
  readonly palette: boolean;
  /** Grid frame at which the event under way began; null while none is being marked. */
  readonly marking: number | null;
  /** The dialogs of a note and of the person's reaction time are open. */
  readonly noting: boolean;
  readonly reaction: boolean;
  /** What was dragged on the picture for the note that is being written. */
  readonly noteRegion: Region | null;
  /** Pictures that are chosen to lock or to follow, and in which direction they are followed. */
  readonly range: Span | null;
  readonly direction: Direction;
}

export interface Bench {
  readonly task: Task;
  readonly video: Video;
  readonly player: Player;
  readonly store: DocumentStore;
  readonly subjects: Subjects;
  readonly drawing: Drawing;
  readonly view: StoreApi<View>;
  /** The masklet's presence on the grid; null while there is no finished track, or in a step without events. */
  present(): readonly Span[] | null;
  submit(): void;
  skip(): void;
  /** Opens the dialog that returns the work, where this step decides. */
  sendBack(): void;
}

export function createView(): StoreApi<View> {
  return createStore<View>(() => ({
    selected: null,
    table: false,
    looping: false,
    gapFree: gapFreeChosen(),
    others: othersChosen(),
    zoom: 1,
    help: false,
    palette: false,
    marking: null,
    noting: false,
    reaction: false,
    noteRegion: null,
    range: null,
    direction: "both",
  }));
}

const GAP_FREE = "vidgrain.gap-free";

function gapFreeChosen(): boolean {
  return localStorage.getItem(GAP_FREE) === "yes";
}

/** Remembered for the next task. */
export function chooseGapFree(view: StoreApi<View>, gapFree: boolean): void {
  localStorage.setItem(GAP_FREE, gapFree ? "yes" : "no");
  view.setState({ gapFree });
}

/** What an edit of events leaves in gap-free mode: the document without holes. */
export function settled(bench: Bench, body: Body): Body {
  return bench.view.getState().gapFree ? closeGaps(body, stretches(bench.present(), limits(bench))) : body;
}

/** The grid frame at the playhead. */
export function gridHead(bench: Bench): number {
  return bench.player.table.gridOf(bench.player.playhead);
}

export function limits(bench: Bench): { length: number } {
  return { length: bench.player.table.grid.length };
}

/** Puts the cursor into the caption of an event, once it is drawn. */
export function focusCaption(id: string): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(`[data-caption="${id}"]`)?.focus();
  });
}

/** Puts the focus on an event, once it is drawn; a field that the person went to meanwhile keeps it. */
export function focusEvent(id: string): void {
  requestAnimationFrame(() => {
    if (document.activeElement instanceof HTMLInputElement || document.activeElement instanceof HTMLTextAreaElement) return;
    document.querySelector<HTMLElement>(`[data-scope="event"][data-event="${id}"]`)?.focus();
  });
}
