// The screen of a clip with all its questions; what ends the task (submit, or a verdict) is given from outside.
import { Button } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { QuestionType, RejectReason } from "../api/types";
import { newId } from "../editor/body";
import type { Problem } from "../editor/documentStore";
import { listenForKeys } from "../editor/keymap";
import type { Action } from "../editor/action";
import { KeyHint, KeySheet, keyProps } from "../editor/KeySheet";
import { Losers } from "../editor/Losers";
import { Palette } from "../editor/Palette";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import { Empty, useTitle } from "../ui/Page";
import { NoteRegions, Notes } from "../review/Notes";
import type { Region } from "../review/notes";
import type { SceneBox, ScenePoint } from "../scene/Scene";
import { usePlayerState } from "../player/usePlayer";
import { useActions } from "../ui/preferences";
import { Tour } from "../ui/Tour";
import {
  accept,
  addOption,
  addQuestion,
  changeOption,
  changeQuestion,
  clearAnswer,
  clearEvidence,
  isAnswered,
  nextOpen,
  questionsOf,
  reasonsFor,
  reject,
  removeOption,
  removeQuestion,
  setEvidence,
  setPoint,
  writeText,
} from "./edits";
import { type QuestionKeys, questionKeys } from "./keys";
import { type CardActions, QuestionCard } from "./QuestionCard";
import { SegmentPlayer, type Span, stepIn, toggleIn } from "./SegmentPlayer";
import { SidePanel } from "./SidePanel";
import { TaskBar } from "./TaskBar";
import { TypePicker } from "./TypePicker";
import { type TaskScreen, useAround, useBody } from "./useTaskScreen";
import { useWatched } from "./watched";
import type { AnswerRecord } from "../editor/body";
import classes from "./work.module.css";

interface Props {
  readonly screen: TaskScreen;
  /** Buttons at the end of the bar; their keys are those of the actions, as the person has them. */
  readonly end: (actions: readonly Action<QuestionKeys>[]) => ReactNode;
  /** Above the questions. */
  readonly notes?: ReactNode;
  readonly onFinish: () => void;
  readonly onSkip: () => void;
  /** Returns the work, where this screen decides on it. */
  readonly onReturn?: () => void;
  /** What the server refused at the end. */
  readonly refused: readonly Problem[];
  /** In a review: the answers as they were handed in. */
  readonly originals?: Readonly<Record<string, AnswerRecord>> | undefined;
}

/** Waits for React to draw a field that an edit has just brought, then puts the cursor there. */
function focusSoon(selector: string): void {
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus()));
}

export function QuestionsScreen({ screen, end, notes, onFinish, onSkip, onReturn, refused, originals }: Props) {
  const t = useT();
  const { task, store, player, lease } = screen;
  useAround(task);
  const body = useBody(store);
  const readOnly = useDocumentState(store, (state) => state.readOnly);
  const saved = useDocumentState(store, (state) => state.problems);
  const questions = useMemo(() => questionsOf(body), [body]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [picking, setPicking] = useState<"new" | { id: string } | null>(null);
  const [dialog, setDialog] = useState<"keys" | "palette" | null>(null);
  const [noting, setNoting] = useState(false);
  const [noteRegion, setNoteRegion] = useState<Region | null>(null);
  const shownActions = useActions(questionKeys);
  const shown = usePlayerState(player, (state) => state.shown);
  const active = questions.some((question) => question.id === chosen) ? chosen : (questions[0]?.id ?? null);
  const span: Span = task.segment
    ? { start: task.segment.picture_start, end: task.segment.picture_end }
    : { start: 0, end: player.table.count - 1 };
  useTitle(task.segment?.what || task.video_name);
  // Only who answers is to look first; a reviewer judges what was answered.
  const hides = task.drafts_after_watch && task.mine && !onReturn && questions.some(({ draft }) => draft !== null);
  const watched = useWatched(player, span, hides ? `vidgrain.watched.${task.id}` : null);
  const revealed = watched >= 1;
  const evidence = active ? body.answers[active]?.evidence : null;

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
    form: (id, form) => store.edit("form", (before) => changeQuestion(before, id, { form })),
    evidence: (id, edge) => {
      const picture = Math.max(span.start, Math.min(span.end, player.playhead));
      store.edit("evidence", (before) => setEvidence(before, id, edge, picture));
    },
    showEvidence: (id) => {
      const answer = store.body.answers[id];
      const picture = answer?.evidence?.picture_start ?? answer?.point?.picture;
      if (picture !== undefined) player.show(picture);
    },
    clearEvidence: (id) => store.edit("evidence", (before) => clearEvidence(before, id)),
    addOption: (id) => {
      store.edit("option", (before) => addOption(before, id));
      const place = (store.body.answers[id]?.distractors?.length ?? 1) - 1;
      focusSoon(`[data-option="${id}-${place}"]`);
    },
    changeOption: (id, place, part) =>
      store.edit("option", (before) => changeOption(before, id, place, part), part.text === undefined ? null : `option:${id}:${place}`),
    removeOption: (id, place) => store.edit("option", (before) => removeOption(before, id, place)),
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

  const named = (id: string) => shownActions.find((action) => action.id === id);
  const withActive = (act: (id: string) => void) => {
    if (active && !readOnly) act(active);
  };
  const keys: QuestionKeys = {
    readOnly,
    revealed,
    decides: onReturn !== undefined,
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
    retype: () => {
      const own = active ? body.questions[active]?.origin === "annotator" : false;
      if (active && own && !readOnly) setPicking({ id: active });
    },
    evidence: (edge) => withActive((id) => actions.evidence(id, edge)),
    showEvidence: () => active && actions.showEvidence(active),
    clearEvidence: () => withActive(actions.clearEvidence),
    option: () => withActive((id) => body.answers[id]?.verdict !== "reject" && actions.addOption(id)),
    note: () => setNoting(true),
    sendBack: () => onReturn?.(),
    help: () => setDialog("keys"),
    palette: () => setDialog("palette"),
    leave: () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
    undo: () => store.undo(),
    redo: () => store.redo(),
    finish: onFinish,
    skip: onSkip,
  };
  const latest = useRef({ actions: shownActions, context: keys, editable: store });
  useEffect(() => {
    latest.current = { actions: shownActions, context: keys, editable: store };
  });
  useEffect(() => listenForKeys(() => latest.current), []);

  const problems = useMemo(
    () => [...refused, ...saved.filter((each) => !refused.some((other) => other.field === each.field))],
    [saved, refused],
  );
  const done = questions.filter((question) => isAnswered(body, question.id)).length;
  return (
    <div className={classes["screen"]}>
      <TaskBar task={task} store={store} lease={lease}>
        {end(shownActions)}
      </TaskBar>
      <SidePanel task={task} actions={shownActions} onKeys={() => setDialog("keys")} />
      <SegmentPlayer
        player={player}
        span={span}
        evidence={evidence ?? null}
        label={t("fgqa.clip")}
        marks={
          <>
            <NoteRegions store={store} picture={shown} draft={noteRegion} />
            <EvidencePoint store={store} id={active} picture={shown} />
          </>
        }
        {...(noting
          ? { onBox: (box: SceneBox, on: number | null) => (on === null ? player.pause() : setNoteRegion({ picture: on, box })) }
          : active && !readOnly
            ? {
                onPoint: (point: ScenePoint, _positive: boolean, on: number | null) => {
                  // As when drawing: the first press stops a film that plays, and says nothing about a picture.
                  if (on === null) player.pause();
                  else store.edit("point", (before) => setPoint(before, active, { picture: on, ...point }));
                },
              }
            : {})}
      />
      <main className={classes["list"]} aria-label={t("fgqa.questions")}>
        <div className={classes["listHead"]}>
          <h2 className={classes["heading"]} style={{ margin: 0 }}>
            {t("fgqa.questions")} · {t("fgqa.progress", { done, all: questions.length })}
          </h2>
          {readOnly ? null : (
            <Button size="compact-sm" variant="default" onClick={() => setPicking("new")} {...keyProps(named("question.add"), t("fgqa.add"))}>
              {t("fgqa.add")} <KeyHint action={named("question.add")} />
            </Button>
          )}
        </div>
        <Losers store={store} />
        {notes}
        {revealed ? null : (
          <div className={classes["veil"]} role="status">
            {t("fgqa.veil", { percent: Math.min(99, Math.round((watched / 0.9) * 100)) })}
            <progress max={1} value={watched / 0.9} aria-label={t("fgqa.veilProgress")} />
          </div>
        )}
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
              revealed={revealed}
              problems={problems}
              actions={actions}
            />
          ))}
        </ol>
        <Notes
          store={store}
          player={player}
          span={evidence ? [evidence.picture_start, evidence.picture_end] : null}
          writing={noting}
          setWriting={setNoting}
          region={noteRegion}
          setRegion={setNoteRegion}
        />
      </main>
      <Tour />
      <KeySheet actions={shownActions} opened={dialog === "keys"} onClose={() => setDialog(null)} />
      <Palette
        actions={shownActions}
        context={() => latest.current.context}
        editable={store}
        opened={dialog === "palette"}
        onClose={() => setDialog(null)}
      />
      <TypePicker opened={picking !== null} onClose={() => setPicking(null)} onPick={pick} />
    </div>
  );
}

/** The point of the active question's evidence, on its picture. */
function EvidencePoint({ store, id, picture }: { store: TaskScreen["store"]; id: string | null; picture: number }) {
  const point = useDocumentState(store, (state) => (id === null ? null : (state.body.answers[id]?.point ?? null)));
  if (!point || point.picture !== picture) return null;
  return <circle cx={point.x} cy={point.y} r={7} fill="none" stroke="#ffc46b" strokeWidth={3} vectorEffect="non-scaling-stroke" />;
}
