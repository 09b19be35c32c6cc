/** The workbench's page: bar, subjects and step on the left, the scene, the step's work on the right, the timeline. */

import { Button } from "@mantine/core";
import { useEffect, useMemo, useRef, type ReactNode } from "react";
import { useStore } from "zustand";

import { runAction, type Action } from "../editor/action";
import { listenForKeys } from "../editor/keymap";
import type { EventRecord } from "../editor/body";
import { KeyHint, KeySheet, keyProps } from "../editor/KeySheet";
import { Losers } from "../editor/Losers";
import { Palette } from "../editor/Palette";
import { useDocumentState } from "../editor/useDocument";
import { TaskBar } from "../fgqa/TaskBar";
import { useT } from "../i18n";
import { usePlayerState } from "../player/usePlayer";
import { NoteRegions, Notes } from "../review/Notes";
import type { Region } from "../review/notes";
import { Scene, type SceneBox } from "../scene/Scene";
import { useTitle } from "../ui/Page";
import { useActions } from "../ui/preferences";
import { Tour } from "../ui/Tour";
import type { Bench } from "./bench";
import { BenchTimeline } from "./BenchTimeline";
import { Candidates, PromptMarks } from "./Candidates";
import { DrawBar } from "./DrawBar";
import { DrawingMarks } from "./DrawingMarks";
import { EventPanel } from "./EventPanel";
import { Hud } from "./Hud";
import { Marking } from "./Marking";
import { MaskPanel } from "./MaskPanel";
import { PlayBar } from "./PlayBar";
import { PreviewPanel } from "./PreviewPanel";
import { StepPanel } from "./StepPanel";
import { Reaction } from "./Reaction";
import type { StepDefinition } from "./steps";
import { SubjectPanel } from "./SubjectPanel";
import { refusalsOf } from "./useHandIn";
import type { Lease } from "./useLease";

/** How the task ends: a submit, or a verdict with its own buttons and dialog. */
export interface Ending {
  readonly busy: boolean;
  readonly error: unknown;
  readonly finish: () => void;
  /** Opens the dialog of a return; does nothing where the step does not decide. */
  readonly sendBack: () => void;
  /** Instead of the submit button. */
  readonly buttons: ((actions: readonly Action<Bench>[]) => ReactNode) | null;
  readonly dialog: ReactNode;
}

interface Props {
  readonly bench: Bench;
  readonly step: StepDefinition;
  readonly ending: Ending;
  readonly lease: Lease;
}

export function Workbench({ bench, step, ending, lease }: Props): ReactNode {
  const t = useT();
  const { task, player, store, subjects, view } = bench;
  const actions = useActions(step.actions);
  const help = useStore(view, (state) => state.help);
  const latest = useRef({ actions, context: bench, editable: store });
  useEffect(() => {
    latest.current = { actions, context: bench, editable: store };
  });
  useEffect(() => listenForKeys(() => latest.current), []);
  useLoop(bench);
  useTitle(`${t(`task.${task.kind}`)} · ${task.video_name}`);
  const drawing = subjects.editable;
  const { noting, noteRegion, palette, reaction, selected } = useStore(view);
  const event = useDocumentState(store, (state) => (selected === null ? undefined : state.body.events[selected]));
  const clicking = useStore(bench.drawing.state, (state) => state.tool === "click");
  return (
    <div className="wb" data-kind={task.kind}>
      <TaskBar task={task} store={store} lease={lease}>
        <Buttons bench={bench} actions={actions} ending={ending} />
      </TaskBar>
      <aside className="wb-left" aria-label={t("wb.left")}>
        <SubjectPanel bench={bench} actions={actions} choosing={step.choosesSubjects && task.mine} />
        <StepPanel task={task} />
      </aside>
      <main className="wb-stage">
        {drawing ? <DrawBar bench={bench} actions={actions} /> : null}
        <Scene
          player={player}
          label={t("wb.scene")}
          marks={
            <Marks bench={bench} drawing={drawing} noteRegion={noteRegion} />
          }
          pen={drawing && !clicking && !noting ? bench.drawing : undefined}
          {...(noting
            ? {
                onBox: (box: SceneBox, on: number | null) => {
                  if (on === null) player.pause();
                  else view.setState({ noteRegion: { picture: on, box } });
                },
              }
            : {})}
          {...(drawing && !noting
            ? {
                onPoint: ({ x, y }, positive) => void subjects.drafts.click(x, y, positive),
                onBox: (box, picture) => void subjects.drafts.box(box, picture),
              }
            : {})}
        >
          <Hud player={player} />
          <Candidates bench={bench} />
          <Marking bench={bench} />
        </Scene>
      </main>
      <aside className="wb-right" aria-label={t("wb.right")}>
        <Losers store={store} />
        <Refusals bench={bench} error={ending.error} />
        {step.hasEvents ? <EventPanel bench={bench} actions={actions} /> : null}
        {drawing ? <MaskPanel bench={bench} actions={actions} choosing={step.choosesSubjects && task.mine} /> : null}
        {step.hasEvents ? null : <Guidance />}
        <Notes
          store={store}
          player={player}
          span={event ? picturesOf(bench, event) : null}
          writing={noting}
          setWriting={(writing) => { view.setState({ noting: writing }); }}
          region={noteRegion}
          setRegion={(region) => { view.setState({ noteRegion: region }); }}
        />
        {step.hasEvents ? <PreviewPanel bench={bench} /> : null}
      </aside>
      <section className="wb-time" aria-label={t("wb.time")}>
        <PlayBar bench={bench} actions={actions} hasEvents={step.hasEvents} />
        <BenchTimeline bench={bench} hasEvents={step.hasEvents} />
      </section>
      <Tour />
      <KeySheet
        actions={actions}
        opened={help}
        onClose={() => {
          view.setState({ help: false });
        }}
      />
      <Palette
        actions={actions}
        context={() => latest.current.context}
        editable={store}
        opened={palette}
        onClose={() => {
          view.setState({ palette: false });
        }}
      />
      {reaction ? (
        <Reaction
          onClose={() => {
            view.setState({ reaction: false });
          }}
        />
      ) : null}
    </div>
  );
}

interface MarksProps {
  readonly bench: Bench;
  readonly drawing: boolean;
  readonly noteRegion: Region | null;
}

/** What lies over the picture that is shown: only this renders with each picture, not the page around it. */
function Marks({ bench, drawing, noteRegion }: MarksProps): ReactNode {
  const picture = usePlayerState(bench.player, (state) => state.shown);
  return (
    <>
      {drawing ? <PromptMarks bench={bench} picture={picture} /> : null}
      {drawing ? <DrawingMarks bench={bench} picture={picture} /> : null}
      <NoteRegions store={bench.store} picture={picture} draft={noteRegion} />
    </>
  );
}

interface ButtonsProps {
  readonly bench: Bench;
  readonly actions: readonly Action<Bench>[];
  readonly ending: Ending;
}

function Buttons({ bench, actions, ending }: ButtonsProps): ReactNode {
  const t = useT();
  const { task, store } = bench;
  if (!task.mine) return null;
  const skip = actions.find((action) => action.id === "task.skip");
  const submit = actions.find((action) => action.id === "task.submit");
  return (
    <>
      <Button
        size="sm"
        variant="default"
        {...keyProps(skip, t("wb.do.skip"))}
        onClick={() => {
          if (skip) runAction(skip, bench, store);
        }}
      >
        {t("wb.do.skip")} <KeyHint action={skip} />
      </Button>
      {ending.buttons?.(actions) ?? (
        <Button size="sm" loading={ending.busy} {...keyProps(submit, t("wb.do.submit"))} onClick={ending.finish}>
          {t("wb.do.submit")} <KeyHint action={submit} />
        </Button>
      )}
    </>
  );
}

/** What the server wants mended; a field that names an event leads there. What was changed since is not asked for again. */
function Refusals({ bench, error }: { readonly bench: Bench; readonly error: unknown }): ReactNode {
  const t = useT();
  const body = useDocumentState(bench.store, (state) => state.body);
  const refused = useMemo(() => {
    const at = bench.store.body.events;
    return refusalsOf(error).map((refusal) => {
      const event = /^events\.([^.]+)/.exec(refusal.field)?.[1] ?? null;
      return { ...refusal, event, was: event === null ? undefined : at[event] };
    });
  }, [error, bench.store]);
  const list = refused.filter(({ event, was }) => event === null || body.events[event] === was);
  if (list.length === 0) return null;
  return (
    <section className="wb-refusals" role="alert" aria-label={t("wb.refused")}>
      <strong>{t("wb.refused")}</strong>
      <ul>
        {list.map(({ field, message, event }) => {
          const target = event === null ? undefined : body.events[event];
          return (
            <li key={field + message}>
              {target ? (
                <button
                  type="button"
                  className="wb-link"
                  onClick={() => {
                    bench.view.setState({ selected: target.id });
                    bench.player.show(bench.player.table.pictureOfGrid(target.grid_start));
                    document.querySelector<HTMLElement>(`[data-caption="${target.id}"]`)?.focus();
                  }}
                >
                  {target.grid_start} – {target.grid_end}
                </button>
              ) : null}{" "}
              {message}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Guidance(): ReactNode {
  const t = useT();
  return (
    <section className="wb-guidance" aria-label={t("wb.how")}>
      <h2>{t("wb.how")}</h2>
      <ol>
        {(["click", "cycle", "track", "correct", "absent", "submit"] as const).map((each) => (
          <li key={each}>{t(`wb.how.${each}`)}</li>
        ))}
      </ol>
    </section>
  );
}

/** The pictures that an event covers, end inclusive. */
function picturesOf({ player }: Bench, event: EventRecord): readonly [number, number] {
  const { table } = player;
  const after = table.grid[event.grid_end + 1] ?? table.count;
  return [table.pictureOfGrid(event.grid_start), Math.max(0, after - 1)];
}

const NO_LOOP = [null, null] as const;

/** While looping, playback stays inside the selected event. */
function useLoop(bench: Bench): void {
  const { view, store, player } = bench;
  const looping = useStore(view, (state) => state.looping);
  const selected = useStore(view, (state) => state.selected);
  const event = useDocumentState(store, (state) => (selected === null ? undefined : state.body.events[selected]));
  // Its pictures, not the event: each letter of a caption makes the event anew, and a loop that is set begins to play anew.
  const [first, last] = looping && event ? picturesOf(bench, event) : NO_LOOP;
  useEffect(() => {
    player.setLoop(first === null || last === null ? null : [first, last]);
  }, [first, last, player]);
}
