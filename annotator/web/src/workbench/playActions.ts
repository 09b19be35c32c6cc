/** Actions of playing and stepping; every screen with a player has them. */

import type { Action } from "../editor/action";
import { SPEEDS } from "../player/player";
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
  const { rate } = player.state.getState();
  if (rate * direction > 0) player.setSpeed(Math.min(8, player.chosenSpeed * 2));
  player.play(direction);
}

export const playActions: readonly Action<Bench>[] = [
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
