/** One keymap feeds dispatch, tooltips and the help sheet. Keys go by `code`: CapsLock, layout and IME do not matter. */

import { NO_FOCUS, runAction, type Action, type Chord, type Editable, type Focus, type Scope } from "./action";

/** What of a KeyboardEvent matters; a test needs no browser. */
export interface KeyPress {
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export function chordOf(press: KeyPress): Chord {
  const parts: string[] = [];
  if (press.ctrlKey || press.metaKey) parts.push("Mod");
  if (press.altKey) parts.push("Alt");
  if (press.shiftKey) parts.push("Shift");
  parts.push(press.code === "NumpadEnter" ? "Enter" : press.code);
  return parts.join("+");
}

export function chordsOf<Context>(action: Action<Context>): readonly Chord[] {
  return [...action.keys, ...(action.whileTyping ?? [])];
}

export interface Conflict {
  readonly chord: Chord;
  readonly first: string;
  readonly second: string;
}

/** Two actions on one chord whose scopes can both hold the focus. An inner scope may take a chord over from `global`. */
export function conflicts<Context>(actions: readonly Action<Context>[]): Conflict[] {
  const found: Conflict[] = [];
  const seen = new Map<string, string>();
  for (const action of actions) {
    for (const chord of chordsOf(action)) {
      const key = `${action.scope} ${chord}`;
      const first = seen.get(key);
      if (first !== undefined) found.push({ chord, first, second: action.id });
      else seen.set(key, action.id);
    }
  }
  return found;
}

/**
 * The actions that a chord may mean here, the first that is enabled wins: those of the focused scope, then of a drawing
 * and of a draft under way, then `global`.
 */
export function find<Context>(
  actions: readonly Action<Context>[],
  chord: Chord,
  scope: Scope,
  typing: boolean,
): Action<Context>[] {
  const order: readonly Scope[] = scope === "global" ? ["drawing", "draft", "global"] : [scope, "drawing", "draft", "global"];
  return order.flatMap((wanted) =>
    actions.filter((action) => {
      const chords = typing ? (action.whileTyping ?? []) : chordsOf(action);
      return action.scope === wanted && chords.includes(chord);
    }),
  );
}

const TEXT_INPUTS = new Set(["text", "search", "email", "password", "url", "tel", "number", ""]);

export function isTyping(target: Element | null): boolean {
  if (!target) return false;
  if (target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLInputElement) return TEXT_INPUTS.has(target.type);
  return target instanceof HTMLElement && target.isContentEditable;
}

/** Keys that a control uses itself: pressing a focused button with Space must not also play. */
function belongsToControl(target: Element | null, chord: Chord): boolean {
  if (!target) return false;
  if (chord === "Space" || chord === "Enter") {
    return target.closest("button, a[href], summary, select, [role=button], [role=tab], [role=menuitem], input") !== null;
  }
  if (chord.startsWith("Arrow") || chord === "Home" || chord === "End") {
    return target.closest("select, [role=tab], [role=menu], [role=radiogroup], [role=listbox], input") !== null;
  }
  return false;
}

/** For buttons beside the scene: a click leaves no focus on them, so that Space and Enter go on meaning what they mean. */
export const keepsKeys = {
  onMouseDown: (event: { preventDefault: () => void }): void => {
    event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  },
};

export function focusOf(target: Element | null): Focus {
  const holder = target?.closest<HTMLElement>("[data-scope]");
  if (!holder) return NO_FOCUS;
  const { scope, event, edge } = holder.dataset;
  if (scope !== "edge" && scope !== "event") return NO_FOCUS;
  return { scope, event: event ?? null, edge: edge === "start" || edge === "end" ? edge : null };
}

/** Listens for keys until the returned function is called. `get` gives the actions and context of this moment. */
export function listenForKeys<Context>(
  get: () => { actions: readonly Action<Context>[]; context: Context; editable: Editable | null },
): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : null;
    // A dialog has the keys to itself.
    if (target?.closest("[role=dialog], [role=alertdialog]")) return;
    // "?" lies on another key of other layouts; its sheet is what explains all the rest.
    const chord = event.key === "?" && !event.ctrlKey && !event.altKey ? "Shift+Slash" : chordOf(event);
    const typing = isTyping(target);
    if (!typing && belongsToControl(target, chord)) return;
    const focus = focusOf(target);
    const { actions, context, editable } = get();
    for (const action of find(actions, chord, focus.scope, typing)) {
      const held = event.repeat && !action.repeats;
      if (!held && !runAction(action, context, editable, focus)) continue;
      event.preventDefault();
      return;
    }
  };
  window.addEventListener("keydown", onKey);
  return () => {
    window.removeEventListener("keydown", onKey);
  };
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  BracketLeft: "[",
  BracketRight: "]",
  Comma: ",",
  Period: ".",
  Slash: "/",
  Minus: "−",
  Equal: "=",
  Enter: "↵",
  Escape: "Esc",
  Backquote: "`",
  Delete: "Del",
  Backspace: "⌫",
};

/** How a chord is written for people: "Ctrl ⇧ Z". */
export function chordText(chord: Chord, mac = /Mac/.test(navigator.platform)): string {
  if (chord === "Shift+Slash") return "?";
  return chord
    .split("+")
    .map((part) => {
      if (part === "Mod") return mac ? "⌘" : "Ctrl";
      if (part === "Shift") return "⇧";
      if (part === "Alt") return mac ? "⌥" : "Alt";
      return KEY_NAMES[part] ?? part.replace(/^(Key|Digit)/, "");
    })
    .join(" ");
}

/** For `aria-keyshortcuts`: "Control+Shift+Z". */
export function chordAria(chord: Chord): string {
  return chord
    .split("+")
    .map((part) => (part === "Mod" ? "Control" : part.replace(/^(Key|Digit)/, "")))
    .join("+");
}
