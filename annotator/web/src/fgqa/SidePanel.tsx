// Beside the clip: what it is about, the guideline of this task's version, and the keys.
import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { guidelineQuery } from "../api/queries";
import type { Task } from "../api/types";
import { Markdown } from "../ui/Markdown";
import { chordText } from "../editor/keymap";
import { type MessageKey, useT } from "../i18n";
import type { Action } from "../editor/action";
import type { QuestionKeys } from "./keys";
import { ClosedNote, GuidelineVersion } from "./TaskNotes";
import classes from "./work.module.css";

/** What is pressed all day; the rest stands in the sheet of keys. */
const OFTEN: ReadonlySet<string> = new Set([
  ...["clip.play", "clip.back", "clip.on", "question.next", "draft.accept", "draft.reject.irrelevant", "draft.reject.unanswerable"],
  ...["draft.reject.incorrect", "draft.reject.lacks_detail", "answer.write", "evidence.start", "evidence.end", "question.add"],
  ...["note.new", "palette", "task.submit"],
]);

/** One line a label, with all keys that do it. */
function sheet(actions: readonly Action<QuestionKeys>[]): [MessageKey, string][] {
  const lines = new Map<MessageKey, string[]>();
  for (const action of actions) {
    if (!OFTEN.has(action.id)) continue;
    const chord = action.keys[0] ?? action.whileTyping?.[0];
    if (chord) lines.set(action.label, [...(lines.get(action.label) ?? []), chordText(chord)]);
  }
  return [...lines].map(([label, chords]) => [label, chords.join("  ")]);
}

interface Props {
  readonly task: Task;
  readonly actions: readonly Action<QuestionKeys>[];
  readonly onKeys: () => void;
}

export function SidePanel({ task, actions, onKeys }: Props) {
  const t = useT();
  const guideline = useQuery(guidelineQuery(task.project_id, task.guideline_version));
  return (
    // It scrolls, so whoever has no pointer must be able to stand in it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <aside className={classes["side"]} aria-label={t("fgqa.side")} tabIndex={0}>
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
          {sheet(actions).map(([label, chords]) => (
            <div key={label} style={{ display: "contents" }}>
              <dt>{chords}</dt>
              <dd>{t(label)}</dd>
            </div>
          ))}
        </dl>
        <Button size="compact-xs" variant="default" mt={8} onClick={onKeys}>
          {t("wb.do.help")}
        </Button>
      </section>
    </aside>
  );
}
