/** Actions of playing and stepping; every screen with a player has them. */

import type { Action, Chord } from "../editor/action";
import type { MessageKey } from "../i18n";
import { SPEEDS } from "../player/player";
import { kept, shifted, WHOLE, zoomed, type Sight } from "../scene/sight";
import { maxZoom } from "../timeline/scale";
import { type Bench } from "./bench";

function faster(bench: Bench, by: 1 | -1): void {
  const { chosenSpeed } = bench.player;
  const at = SPEEDS.findIndex((speed) => speed >= chosenSpeed);
  bench.player.setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + by))] ?? 1);
}

function stepGrid(bench: Bench, by: 1 | -1): void {
  const { player } = bench;
  const { table } = player;
  const grid = table.gridOf(player.playhead);
  const onIt = table.pictureOfGrid(grid) === player.playhead;
  player.show(table.pictureOfGrid(by < 0 && !onIt ? grid : grid + by));
}

/** Direction keys of editing rooms: again makes it faster. */
function shuttle(bench: Bench, direction: 1 | -1): void {
  const { player } = bench;
  // A second press may come before the first picture has.
  if (player.askedRate * direction > 0) player.setSpeed(Math.min(8, player.chosenSpeed * 2));
  player.play(direction);
}

const moveActions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "play.toggle",
    label: "wb.do.play",
    group: "play",
    keys: ["Space", "KeyK"],
    whileTyping: ["Mod+Space"],
    scope: "global",
    run: (bench) => {
      bench.player.toggle();
    },
  },
  {
    kind: "effect",
    id: "play.back",
    label: "wb.do.stepBack",
    group: "play",
    keys: ["ArrowLeft"],
    whileTyping: ["Mod+Comma"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      bench.player.step(-1);
    },
  },
  {
    kind: "effect",
    id: "play.forward",
    label: "wb.do.stepForward",
    group: "play",
    keys: ["ArrowRight"],
    whileTyping: ["Mod+Period"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      bench.player.step(1);
    },
  },
  {
    kind: "effect",
    id: "play.back10",
    label: "wb.do.stepBack10",
    group: "play",
    keys: ["Shift+ArrowLeft"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      bench.player.step(-10);
    },
  },
  {
    kind: "effect",
    id: "play.forward10",
    label: "wb.do.stepForward10",
    group: "play",
    keys: ["Shift+ArrowRight"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      bench.player.step(10);
    },
  },
  {
    kind: "effect",
    id: "play.gridBack",
    label: "wb.do.gridBack",
    group: "play",
    keys: ["Comma"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      stepGrid(bench, -1);
    },
  },
  {
    kind: "effect",
    id: "play.gridForward",
    label: "wb.do.gridForward",
    group: "play",
    keys: ["Period"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      stepGrid(bench, 1);
    },
  },
  {
    kind: "effect",
    id: "play.first",
    label: "wb.do.first",
    group: "play",
    keys: ["Home"],
    scope: "global",
    run: (bench) => {
      bench.player.show(0);
    },
  },
  {
    kind: "effect",
    id: "play.last",
    label: "wb.do.last",
    group: "play",
    keys: ["End"],
    scope: "global",
    run: (bench) => {
      bench.player.show(bench.player.table.count - 1);
    },
  },
  {
    kind: "effect",
    id: "play.reverse",
    label: "wb.do.reverse",
    group: "play",
    keys: ["KeyJ"],
    scope: "global",
    run: (bench) => {
      shuttle(bench, -1);
    },
  },
  {
    kind: "effect",
    id: "play.shuttle",
    label: "wb.do.shuttle",
    group: "play",
    keys: ["KeyL"],
    scope: "global",
    run: (bench) => {
      shuttle(bench, 1);
    },
  },
  {
    kind: "effect",
    id: "play.slower",
    label: "wb.do.slower",
    group: "play",
    keys: ["Minus"],
    scope: "global",
    run: (bench) => {
      faster(bench, -1);
    },
  },
  {
    kind: "effect",
    id: "play.faster",
    label: "wb.do.faster",
    group: "play",
    keys: ["Equal"],
    scope: "global",
    run: (bench) => {
      faster(bench, 1);
    },
  },
];

/** A step of the zoom keys, and of the keys that look around, in CSS pixels. */
const ZOOM = 1.25;
const LOOK = 80;

function sight(id: string, label: MessageKey, keys: readonly Chord[], change: (old: Sight) => Sight): Action<Bench> {
  return {
    kind: "effect",
    id,
    label,
    group: "play",
    keys,
    scope: "global",
    repeats: true,
    run: ({ player }) => {
      const { offsetWidth: width, offsetHeight: height } = player.element;
      player.sight.setState((old) => kept(change(old), { width, height }), true);
    },
  };
}

function timeZoom(id: string, label: MessageKey, keys: readonly Chord[], change: (zoom: number) => number): Action<Bench> {
  return {
    kind: "effect",
    id,
    label,
    group: "play",
    keys,
    scope: "global",
    repeats: true,
    run: ({ player, view }) => {
      const most = maxZoom(player.table.grid.length);
      view.setState((old) => ({ zoom: Math.max(1, Math.min(most, change(old.zoom))) }));
    },
  };
}

/** What is seen and heard: never saved, never undone. */
const lookActions: readonly Action<Bench>[] = [
  sight("sight.in", "wb.do.sightIn", ["Shift+Equal"], (old) => zoomed(old, ZOOM)),
  sight("sight.out", "wb.do.sightOut", ["Shift+Minus"], (old) => zoomed(old, 1 / ZOOM)),
  sight("sight.whole", "wb.do.sightWhole", ["Digit0"], () => WHOLE),
  sight("sight.left", "wb.do.panLeft", ["Mod+ArrowLeft"], (old) => shifted(old, LOOK, 0)),
  sight("sight.right", "wb.do.panRight", ["Mod+ArrowRight"], (old) => shifted(old, -LOOK, 0)),
  sight("sight.up", "wb.do.panUp", ["Mod+ArrowUp"], (old) => shifted(old, 0, LOOK)),
  sight("sight.down", "wb.do.panDown", ["Mod+ArrowDown"], (old) => shifted(old, 0, -LOOK)),
  timeZoom("time.in", "wb.do.timeIn", ["Alt+Equal"], (zoom) => zoom * 1.5),
  timeZoom("time.out", "wb.do.timeOut", ["Alt+Minus"], (zoom) => zoom / 1.5),
  timeZoom("time.whole", "wb.do.timeWhole", ["Alt+Digit0"], () => 1),
  {
    kind: "effect",
    id: "play.sound",
    label: "wb.do.sound",
    group: "play",
    keys: ["Shift+KeyM"],
    scope: "global",
    enabled: ({ player }) => player.state.getState().silent !== null,
    run: ({ player }) => {
      player.toggleSound();
    },
  },
];

export const playActions: readonly Action<Bench>[] = [...moveActions, ...lookActions];

/** Actions of the task and its document. */
export const taskActions: readonly Action<Bench>[] = [
  {
    kind: "effect",
    id: "document.undo",
    label: "wb.do.undo",
    group: "document",
    keys: [],
    whileTyping: ["Mod+KeyZ"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      bench.store.undo();
    },
  },
  {
    kind: "effect",
    id: "document.redo",
    label: "wb.do.redo",
    group: "document",
    keys: [],
    whileTyping: ["Mod+Shift+KeyZ", "Mod+KeyY"],
    scope: "global",
    repeats: true,
    run: (bench) => {
      bench.store.redo();
    },
  },
  {
    kind: "effect",
    id: "task.submit",
    label: "wb.do.submit",
    group: "document",
    keys: [],
    whileTyping: ["Mod+Enter"],
    scope: "global",
    run: (bench) => {
      bench.submit();
    },
  },
  {
    kind: "effect",
    id: "task.skip",
    label: "wb.do.skip",
    group: "document",
    keys: [],
    whileTyping: ["Alt+KeyK"],
    scope: "global",
    run: (bench) => {
      bench.skip();
    },
  },
  {
    kind: "effect",
    id: "help",
    label: "wb.do.help",
    group: "document",
    keys: ["Shift+Slash"],
    whileTyping: ["F1"],
    scope: "global",
    run: (bench) => {
      bench.view.setState({ help: true });
    },
  },
];
