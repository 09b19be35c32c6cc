/** A person's own keys on top of a screen's: what they chose replaces an action's keys, and nothing may mean two things. */

import type { Action, Chord } from "./action";
import { chordsOf } from "./keymap";

/** Chords by the id of an action; an empty list takes the action its keys. */
export type OwnKeys = Readonly<Record<string, readonly Chord[]>>;

/** What moves and selects in a text field. */
const EDITING = /^(Mod|Alt)\+(Shift\+)?(Arrow(Left|Right)|Backspace|Delete|Home|End|Space)$/;

/** A text field has no use for it, so that it may work while somebody types. */
export function passesTyping(chord: Chord): boolean {
  if (chord === "Mod+Space") return true;
  return !EDITING.test(chord) && (/^(Mod\+|Alt\+)/.test(chord) || /^F\d{1,2}$/.test(chord) || chord === "Escape");
}

/** Chords that no action may have: text fields, the browser and the page's own walk from field to field need them. */
const TAKEN: ReadonlySet<Chord> = new Set([
  ...["KeyA", "KeyC", "KeyV", "KeyX", "KeyT", "KeyN", "KeyW", "KeyR", "KeyL"].map((code) => `Mod+${code}`),
  "F5",
  "F11",
  "F12",
]);

export function isTaken(chord: Chord): boolean {
  return TAKEN.has(chord);
}

/**
 * The same actions, with the keys that the person chose. Screens share some actions: a key that was free where it was
 * chosen may be another action's here, and stays that one's.
 */
export function remapped<Context>(actions: readonly Action<Context>[], own: OwnKeys): readonly Action<Context>[] {
  if (!actions.some(({ id }) => own[id])) return actions;
  const place = ({ scope }: Action<Context>, chord: Chord): string => `${scope} ${chord}`;
  const held = new Set(actions.filter(({ id }) => !own[id]).flatMap((action) => chordsOf(action).map((chord) => place(action, chord))));
  return actions.map((action) => {
    const chosen = own[action.id];
    if (!chosen) return action;
    const free = (chords: readonly Chord[]): Chord[] => chords.filter((chord) => !held.has(place(action, chord)));
    const theirs = free(chosen);
    // All of them are taken here: it has its first keys, as far as these are free.
    const had = { keys: free(action.keys), whileTyping: free(action.whileTyping ?? []) };
    const has =
      theirs.length === 0 && chosen.length > 0
        ? had
        : { keys: theirs.filter((chord) => !passesTyping(chord)), whileTyping: theirs.filter(passesTyping) };
    for (const chord of [...has.keys, ...has.whileTyping]) held.add(place(action, chord));
    return { ...action, ...has };
  });
}

/** The action that a chord means already where this one would have it, too; an inner scope goes before `global`. */
export function holderOf<Context>(actions: readonly Action<Context>[], action: Action<Context>, chord: Chord): Action<Context> | null {
  const same = (other: Action<Context>): boolean => other.scope === action.scope && other.id !== action.id;
  return actions.find((other) => same(other) && chordsOf(other).includes(chord)) ?? null;
}
