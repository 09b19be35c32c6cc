// A state in a word and a colour; the word alone says it too.
import { Badge } from "@mantine/core";
import classes from "./StateBadge.module.css";

const TONES = {
  ready: "good",
  done: "good",
  accepted: "good",
  accept: "good",
  running: "busy",
  ingesting: "busy",
  building: "busy",
  leased: "busy",
  submitted: "busy",
  refused: "bad",
  failed: "bad",
  return: "warn",
} as const;

export function StateBadge({ state, label }: { state: string; label: string }) {
  const tone = state in TONES ? TONES[state as keyof typeof TONES] : "calm";
  return (
    <Badge variant="transparent" className={`${classes["badge"]} ${classes[tone]}`} tt="none" fw={500}>
      {label}
    </Badge>
  );
}
