// Beside the clip: what it is about, the guideline of this task's version, and the keys.
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { guidelineQuery } from "../api/queries";
import type { Task } from "../api/types";
import { Markdown } from "../ui/Markdown";
import { chordText } from "../editor/keymap";
import { type MessageKey, useT } from "../i18n";
import { questionKeys } from "./keys";
import { ClosedNote, GuidelineVersion } from "./TaskNotes";
import classes from "./work.module.css";

/** One line a label, with all keys that do it. */
function sheet(): [MessageKey, string][] {
  const lines = new Map<MessageKey, string[]>();
  for (const action of questionKeys) {
    const chord = action.keys[0] ?? action.whileTyping?.[0];
    if (chord) lines.set(action.label, [...(lines.get(action.label) ?? []), chordText(chord)]);
  }
  return [...lines].map(([label, chords]) => [label, chords.join("  ")]);
}

export function SidePanel({ task }: { task: Task }) {
  const t = useT();
  const guideline = useQuery(guidelineQuery(task.project_id, task.guideline_version));
  return (
    <aside className={classes["side"]}>
      <ClosedNote task={task} />
      <section>
        <h2 className={classes["heading"]}>{t("fgqa.clip")}</h2>
        <Text size="sm" fw={550}>
          {task.segment?.what || task.video_name}
        </Text>
        {task.segment?.domain ? (
          <Text size="xs" c="dimmed">
            {task.segment.domain}
          </Text>
        ) : null}
      </section>
      {task.newest_guideline_version > 0 ? (
        <section>
          <h2 className={classes["heading"]}>{t("fgqa.guideline")}</h2>
          <GuidelineVersion task={task} />
          {guideline.data?.text.trim() ? <Markdown text={guideline.data.text} /> : null}
        </section>
      ) : null}
      <section>
        <h2 className={classes["heading"]}>{t("fgqa.keys")}</h2>
        <dl className={classes["keys"]}>
          {sheet().map(([label, chords]) => (
            <div key={label} style={{ display: "contents" }}>
              <dt>{chords}</dt>
              <dd>{t(label)}</dd>
            </div>
          ))}
        </dl>
      </section>
    </aside>
  );
}
