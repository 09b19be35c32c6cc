// The key of an action on its button, as the person has it. Paler where it does not act; always in its place.
import { chordsOf, chordText } from "../editor/keymap";
import { useActions } from "../ui/preferences";
import { questionKeys } from "./keys";
import { KeyHint } from "./TaskBar";

export function Key({ id, acts = true }: { readonly id: string; readonly acts?: boolean }) {
  const action = useActions(questionKeys).find((each) => each.id === id);
  const chord = action && chordsOf(action)[0];
  return chord === undefined ? null : <KeyHint acts={acts}>{chordText(chord)}</KeyHint>;
}
