// The screen of a clip with all its questions; what ends the task (submit, or a verdict) is given from outside.
import { Button } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { QuestionType, RejectReason } from "../api/types";
import { newId } from "../editor/body";
import type { Problem } from "../editor/documentStore";
import { listenForKeys } from "../editor/keymap";
import { Losers } from "../editor/Losers";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import { Empty, useTitle } from "../ui/Page";
import {
  accept,
  addQuestion,
  changeQuestion,
  clearAnswer,
  isAnswered,
  nextOpen,
  questionsOf,
  reasonsFor,
  reject,
  removeQuestion,
  writeText,
} from "./edits";
import { type QuestionKeys, questionKeys } from "./keys";
import { type CardActions, QuestionCard } from "./QuestionCard";
import { SegmentPlayer, type Span, stepIn, toggleIn } from "./SegmentPlayer";
import { SidePanel } from "./SidePanel";
import { TaskBar } from "./TaskBar";
import { TypePicker } from "./TypePicker";
import { type TaskScreen, useAround, useBody } from "./useTaskScreen";
import type { AnswerRecord } from "../editor/body";
import classes from "./work.module.css";

interface Props {
  readonly screen: TaskScreen;
  /** Buttons at the end of the bar. */
  readonly end: ReactNode;
  /** Above the questions. */
  readonly notes?: ReactNode;
  readonly onFinish: () => void;
  readonly onSkip: () => void;
  /** What the server refused at the end. */
  readonly refused: readonly Problem[];
  /** In a review: the answers as they were handed in. */
  readonly originals?: Readonly<Record<string, AnswerRecord>> | undefined;
}

/** Waits for React to draw a field that an edit has just brought, then puts the cursor there. */
function focusSoon(selector: string): void {
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus()));
}

export function QuestionsScreen({ screen, end, notes, onFinish, onSkip, refused, originals }: Props) {
  const t = useT();
  const { task, store, player, lease } = screen;
  useAround(task);
  const body = useBody(store);
  const readOnly = useDocumentState(store, (state) => state.readOnly);
  const saved = useDocumentState(store, (state) => state.problems);
  const questions = useMemo(() => questionsOf(body), [body]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [picking, setPicking] = useState<"new" | { id: string } | null>(null);
  const active = questions.some((question) => question.id === chosen) ? chosen : (questions[0]?.id ?? null);
  const span: Span = task.segment
    ? { start: task.segment.picture_start, end: task.segment.picture_end }
    : { start: 0, end: player.table.count - 1 };
  useTitle(task.segment?.what || task.video_name);

  const actions: CardActions = {
    activate: setChosen,
    accept: (id) => {
      store.edit("accept", (before) => accept(before, id));
      setChosen(nextOpen(store.body, id));
    },
    reject: (id, reason: RejectReason) => {
      store.edit("reject", (before) => reject(before, id, reason));
      setChosen(id);
      focusSoon(`[data-answer="${id}"]`);
    },
    clear: (id) => {
      store.edit("clear", (before) => clearAnswer(before, id));
      focusSoon(`[data-answer="${id}"]`);
    },
    write: (id, text) => store.edit("write", (before) => writeText(before, id, text), `write:${id}`),
    reword: (id, text) => store.edit("reword", (before) => changeQuestion(before, id, { text }), `reword:${id}`),
    retype: (id) => setPicking({ id }),
    remove: (id) => store.edit("remove", (before) => removeQuestion(before, id)),
  };

  const pick = (type: QuestionType) => {
    if (picking === "new") {
      const id = newId();
      store.edit("add", (before) => addQuestion(before, id, type));
      setChosen(id);
      focusSoon(`[data-own-question="${id}"]`);
    } else if (picking) store.edit("retype", (before) => changeQuestion(before, picking.id, { q_type: type }));
    setPicking(null);
  };

  const keys: QuestionKeys = {
    toggle: () => toggleIn(player, span),
    step: (pictures) => stepIn(player, span, pictures),
    move: (by) => {
      const at = questions.findIndex((question) => question.id === active);
      const to = questions[Math.max(0, Math.min(questions.length - 1, at + by))];
      if (to) setChosen(to.id);
    },
    accept: () => active && !readOnly && actions.accept(active),
    reject: (index) => {
      const question = active ? body.questions[active] : undefined;
      const reason = question && reasonsFor(question)[index];
      if (question && reason && !readOnly) actions.reject(question.id, reason);
    },
    write: () => {
      if (active) focusSoon(`[data-answer="${active}"]`);
    },
    add: () => {
      if (!readOnly) setPicking("new");
    },
    undo: () => store.undo(),
    redo: () => store.redo(),
    finish: onFinish,
    skip: onSkip,
  };
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => listenForKeys(() => ({ actions: questionKeys, context: latest.current, editable: store })), [store]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === "Escape" && document.activeElement instanceof HTMLTextAreaElement) document.activeElement.blur();
    };
    window.addEventListener("keydown", leave);
    return () => window.removeEventListener("keydown", leave);
  }, []);

  const problems = useMemo(
    () => [...refused, ...saved.filter((each) => !refused.some((other) => other.field === each.field))],
    [saved, refused],
  );
  const done = questions.filter((question) => isAnswered(body, question.id)).length;
  return (
    <div className={classes["screen"]}>
      <TaskBar task={task} store={store} lease={lease}>
        {end}
      </TaskBar>
      <SidePanel task={task} />
      <SegmentPlayer player={player} span={span} label={t("fgqa.clip")} />
      <main className={classes["list"]} aria-label={t("fgqa.questions")}>
        <div className={classes["listHead"]}>
          <h2 className={classes["heading"]} style={{ margin: 0 }}>
            {t("fgqa.questions")} · {t("fgqa.progress", { done, all: questions.length })}
          </h2>
          {readOnly ? null : (
            <Button size="compact-sm" variant="default" onClick={() => setPicking("new")} aria-keyshortcuts="A">
              {t("fgqa.add")}
            </Button>
          )}
        </div>
        <Losers store={store} />
        {notes}
        {questions.length === 0 ? <Empty title={t("fgqa.none")} next={t("fgqa.noneNext")} /> : null}
        <ol className={classes["questions"]}>
          {questions.map((question, index) => (
            <QuestionCard
              key={question.id}
              question={question}
              answer={body.answers[question.id]}
              original={originals?.[question.id]}
              number={index + 1}
              active={question.id === active}
              readOnly={readOnly}
              problems={problems}
              actions={actions}
            />
          ))}
        </ol>
      </main>
      <TypePicker opened={picking !== null} onClose={() => setPicking(null)} onPick={pick} />
    </div>
  );
}
