/** The bar above the timeline: play, the picture's number, speed, loop, table view, zoom. */

import { useRef, useState, type ReactNode } from "react";
import { useStore } from "zustand";

import { runAction, type Action } from "../editor/action";
import { KeyHint, keyProps } from "../editor/KeySheet";
import { useT } from "../i18n";
import { SPEEDS } from "../player/player";
import { usePlayerState } from "../player/usePlayer";
import { maxZoom } from "../timeline/scale";
import type { Bench } from "./bench";
import { useOthers } from "./others";

interface Props {
  readonly bench: Bench;
  readonly actions: readonly Action<Bench>[];
  readonly hasEvents: boolean;
}

export function PlayBar({ bench, actions, hasEvents }: Props): ReactNode {
  const t = useT();
  const { player, view } = bench;
  const rate = usePlayerState(player, (state) => state.rate);
  const speed = usePlayerState(player, (state) => state.speed);
  const silent = usePlayerState(player, (state) => state.silent);
  const looping = useStore(view, (state) => state.looping);
  const gapFree = useStore(view, (state) => state.gapFree);
  const table = useStore(view, (state) => state.table);
  const othersShown = useStore(view, (state) => state.others);
  const others = useOthers(bench);
  const zoom = useStore(view, (state) => state.zoom);
  const find = (id: string): Action<Bench> | undefined => actions.find((action) => action.id === id);
  const run = (id: string): void => {
    const action = find(id);
    if (action) runAction(action, bench, bench.store);
  };
  const speeds = SPEEDS.some((each) => each === speed) ? [...SPEEDS] : [...SPEEDS, speed];
  const most = Math.log2(maxZoom(player.table.grid.length));
  const playLabel = t(rate === 0 ? "wb.play" : "wb.pause");
  return (
    <div className="wb-bar">
      <button
        type="button"
        className="wb-play"
        aria-label={playLabel}
        {...keyProps(find("play.toggle"), playLabel)}
        onClick={() => {
          run("play.toggle");
        }}
      >
        {rate === 0 ? "▶" : "❚❚"}
      </button>
      <PictureField bench={bench} />
      <select
        aria-label={t("wb.speed")}
        value={String(speed)}
        onChange={(event) => {
          player.setSpeed(Number(event.target.value));
        }}
      >
        {speeds.map((each) => (
          <option key={each} value={String(each)}>
            {each}×
          </option>
        ))}
      </select>
      {hasEvents ? (
        <button
          type="button"
          className="wb-toggle"
          aria-pressed={looping}
          {...keyProps(find("play.loop"), t("wb.do.loop"))}
          onClick={() => {
            run("play.loop");
          }}
        >
          {t("wb.loop")} <KeyHint action={find("play.loop")} />
        </button>
      ) : null}
      {silent === null ? null : (
        <button
          type="button"
          className="wb-toggle"
          aria-pressed={!silent}
          {...keyProps(find("play.sound"), t("wb.do.sound"))}
          onClick={() => {
            run("play.sound");
          }}
        >
          {t("wb.sound")}
        </button>
      )}
      <span className="wb-grow" />
      {hasEvents ? (
        <button
          type="button"
          className="wb-toggle"
          aria-pressed={gapFree}
          {...keyProps(find("event.gapFree"), t("wb.do.gapFree"))}
          onClick={() => {
            run("event.gapFree");
          }}
        >
          {t("wb.gapFree")} <KeyHint action={find("event.gapFree")} />
        </button>
      ) : null}
      {hasEvents && others.length > 0 ? (
        <button
          type="button"
          className="wb-toggle"
          aria-pressed={othersShown}
          {...keyProps(find("view.others"), t("wb.do.others"))}
          onClick={() => {
            run("view.others");
          }}
        >
          {t("wb.others")} <KeyHint action={find("view.others")} />
        </button>
      ) : null}
      {hasEvents ? (
        <button
          type="button"
          className="wb-toggle"
          aria-pressed={table}
          {...keyProps(find("view.table"), t("wb.do.table"))}
          onClick={() => {
            run("view.table");
          }}
        >
          {t("wb.table")} <KeyHint action={find("view.table")} />
        </button>
      ) : null}
      <label className="wb-zoom">
        {t("wb.zoom")}
        <input
          type="range"
          min={0}
          max={most}
          step={0.25}
          value={Math.min(most, Math.log2(zoom))}
          aria-valuetext={`${Math.round(zoom * 100)} %`}
          onChange={(event) => {
            view.setState({ zoom: 2 ** event.target.valueAsNumber });
          }}
        />
      </label>
      {zoom > 1 ? (
        <button
          type="button"
          className="wb-toggle"
          {...keyProps(find("time.whole"), t("wb.do.timeWhole"))}
          onClick={() => {
            run("time.whole");
          }}
        >
          {t("wb.fit")}
        </button>
      ) : null}
      <button
        type="button"
        className="wb-toggle"
        {...keyProps(find("help"), t("wb.do.help"))}
        onClick={() => {
          run("help");
        }}
      >
        {t("wb.keys")} <KeyHint action={find("help")} />
      </button>
    </div>
  );
}

/** The number of the picture on screen; type another one to go there. */
function PictureField({ bench }: { readonly bench: Bench }): ReactNode {
  const t = useT();
  const { player } = bench;
  const shown = usePlayerState(player, (state) => state.shown);
  const [typed, setTyped] = useState<string | null>(null);
  /** Esc leaves the field, and what was typed with it. */
  const dropped = useRef(false);
  const picture = typed === null || typed.trim() === "" ? null : Number(typed);
  const last = player.table.count - 1;
  const wrong = picture !== null && !(Number.isInteger(picture) && picture >= 0 && picture <= last);
  const go = (): void => {
    if (!dropped.current && picture !== null && !wrong) player.show(picture);
    dropped.current = false;
    setTyped(null);
  };
  return (
    <label className="wb-picture wb-mono">
      {t("wb.picture")}
      <input
        type="text"
        inputMode="numeric"
        size={Math.max(3, String(player.table.count).length)}
        aria-invalid={wrong || undefined}
        value={typed ?? String(Math.max(0, shown))}
        onFocus={(event) => {
          player.pause();
          setTyped(String(player.playhead));
          event.target.select();
        }}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        onBlur={go}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") {
            event.preventDefault();
            if (event.key === "Enter" && wrong) return;
            dropped.current = event.key === "Escape";
            event.currentTarget.blur();
          }
        }}
      />
      {wrong ? (
        <span className="wb-wrong" role="alert">
          {t("wb.picture.wrong", { last: String(last) })}
        </span>
      ) : (
        t("wb.ofPictures", { count: player.table.count })
      )}
    </label>
  );
}
