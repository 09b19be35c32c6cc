/** Editing is data: an action is a label, keys, a scope, an undo policy, and a function; everything else derives from it. */

import type { MessageKey } from "../i18n";
import type { Body } from "./body";

/**
 * Where keys work: `global` everywhere on the screen; `draft` and, ahead of it, `drawing` too, but before `global` while
 * their action is enabled; the others only while the focus is inside an element with that `data-scope`.
 */
export type Scope = "global" | "draft" | "drawing" | "edge" | "event";

/** Modifiers in this order, then a KeyboardEvent code: "Mod+Shift+KeyZ". Mod is Ctrl, or Cmd on a Mac. */
export type Chord = string;

/** The element with `data-scope` that holds the focus, and what it says about itself. */
export interface Focus {
  readonly scope: Scope;
  readonly event: string | null;
  readonly edge: "start" | "end" | null;
}

interface Common<Context> {
  readonly id: string;
  readonly label: MessageKey;
  readonly group: "play" | "mark" | "subject" | "draw" | "track" | "document";
  readonly keys: readonly Chord[];
  readonly scope: Scope;
  /** Chords that also work while a text field has the focus. Only such as text fields have no use for. */
  readonly whileTyping?: readonly Chord[];
  /** Repeats while the key is held. */
  readonly repeats?: boolean;
  readonly enabled?: (context: Context, focus: Focus) => boolean;
}

/** From document to document, pure. */
export interface EditAction<Context> extends Common<Context> {
  readonly kind: "edit";
  /** `step` is one step of undo each time; `merge` joins a run on the same thing into one. */
  readonly undo: "step" | "merge";
  readonly edit: (body: Body, context: Context, focus: Focus) => Body;
  /** Runs after the document has changed: moves the playhead to what was edited, or selects it. */
  readonly after?: (context: Context, focus: Focus) => void;
}

/** Changes what is seen, or asks the server; never the document. */
export interface EffectAction<Context> extends Common<Context> {
  readonly kind: "effect";
  readonly run: (context: Context, focus: Focus) => void;
}

export type Action<Context> = EditAction<Context> | EffectAction<Context>;

export const NO_FOCUS: Focus = { scope: "global", event: null, edge: null };

/** What an action needs of the document; DocumentStore has it. */
export interface Editable {
  edit(label: string, change: (body: Body) => Body, mergeKey: string | null): boolean;
}

/** Runs an action, from whatever asked for it: a key, a button, a menu. False when it may not run now. */
export function runAction<Context>(
  action: Action<Context>,
  context: Context,
  editable: Editable | null,
  focus: Focus = NO_FOCUS,
): boolean {
  if (action.enabled && !action.enabled(context, focus)) return false;
  if (action.kind === "effect") {
    action.run(context, focus);
    return true;
  }
  if (!editable) return false;
  const mergeKey = action.undo === "merge" ? `${action.id}:${focus.event ?? ""}:${focus.edge ?? ""}` : null;
  editable.edit(action.label, (body) => action.edit(body, context, focus), mergeKey);
  action.after?.(context, focus);
  return true;
}
