/** Notes to the next person: pinned to a picture, a span of pictures, a region of a picture, or to nothing. */

import { newId, type Body, type NoteRecord } from "../editor/body";
import type { SceneBox } from "../scene/Scene";

export interface Pin {
  readonly picture: number | null;
  readonly picture_end: number | null;
  readonly box: SceneBox | null;
}

/** What was dragged on a picture while a note is written. */
export interface Region {
  readonly picture: number;
  readonly box: SceneBox;
}

export const NO_PIN: Pin = { picture: null, picture_end: null, box: null };

/** By their place in the clip; those that are pinned to nothing first. */
export function notesOf(body: Body): NoteRecord[] {
  return Object.values(body.notes).sort((a, b) => (a.picture ?? -1) - (b.picture ?? -1) || (a.id < b.id ? -1 : 1));
}

/** Where a note goes: to the picture that its region was dragged on, whatever is shown by now, else to the one that is. */
export function pinOf(where: "picture" | "span" | "nothing", shown: number, span: readonly [number, number] | null, region: Region | null): Pin {
  if (where === "nothing") return NO_PIN;
  const box = region?.box ?? null;
  if (where === "span" && span) return { picture: span[0], picture_end: span[1], box };
  return { picture: Math.max(0, region?.picture ?? shown), picture_end: null, box };
}

/** Notes without words are none. A region is kept to whole pixels. */
export function addNote(body: Body, text: string, pin: Pin, author: string, id: string = newId()): Body {
  const words = text.trim();
  if (words === "") return body;
  const { picture } = pin;
  const round = Math.round;
  const note: NoteRecord = {
    id,
    text: words,
    picture,
    picture_end: picture === null || pin.picture_end === picture ? null : pin.picture_end,
    box:
      picture === null || !pin.box
        ? null
        : { x1: round(pin.box.x1), y1: round(pin.box.y1), x2: round(pin.box.x2), y2: round(pin.box.y2) },
    author,
  };
  return { ...body, notes: { ...body.notes, [id]: note } };
}

export function removeNote(body: Body, id: string): Body {
  return { ...body, notes: Object.fromEntries(Object.entries(body.notes).filter(([key]) => key !== id)) };
}

/** Whether a note is about a picture. */
export function isAbout(note: NoteRecord, picture: number): boolean {
  return note.picture !== null && picture >= note.picture && picture <= (note.picture_end ?? note.picture);
}
