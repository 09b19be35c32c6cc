// A clip that is a span of a video: plays round and round, never leaves its span, and says which picture is shown.
import { type ReactNode, useEffect } from "react";
import { useT } from "../i18n";
import { type Player, SPEEDS } from "../player/player";
import { usePlayerState } from "../player/usePlayer";
import { Scene } from "../scene/Scene";
import classes from "./work.module.css";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Moves inside the span; from outside it (the film just opened) to the first picture. */
export function stepIn(player: Player, span: Span, pictures: number): void {
  player.show(Math.max(span.start, Math.min(span.end, player.playhead + pictures)));
}

export function toggleIn(player: Player, span: Span): void {
  if (player.playing) {
    player.pause();
    return;
  }
  if (player.playhead >= span.end || player.playhead < span.start) player.show(span.start);
  player.play(1);
}

interface Props {
  readonly player: Player;
  readonly span: Span;
  readonly label: string;
  readonly children?: ReactNode;
}

export function SegmentPlayer({ player, span, label, children }: Props) {
  const t = useT();
  const { start, end } = span;
  const shown = usePlayerState(player, (state) => state.shown);
  const rate = usePlayerState(player, (state) => state.rate);
  useEffect(() => {
    player.setLoop([start, end]);
    if (player.playhead < start || player.playhead > end) player.show(start);
    return () => player.setLoop(null);
  }, [player, start, end]);
  const picture = Math.max(start, Math.min(end, shown));
  const seconds = player.table.seconds(picture) - player.table.seconds(start);
  return (
    <div className={classes["clip"]}>
      <div className={classes["stage"]}>
        <Scene player={player} label={label}>
          {children}
        </Scene>
      </div>
      <div className={classes["transport"]}>
        <button
          type="button"
          className={classes["play"]}
          aria-label={t(rate === 0 ? "fgqa.play" : "fgqa.pause")}
          onClick={() => toggleIn(player, span)}
        >
          {rate === 0 ? "▶" : "❚❚"}
        </button>
        <input
          type="range"
          className={classes["position"]}
          aria-label={t("fgqa.position")}
          aria-valuetext={t("fgqa.positionText", { picture })}
          min={start}
          max={end}
          step={1}
          value={picture}
          onChange={(event) => {
            if (player.playing) player.pause();
            player.show(Number(event.currentTarget.value));
          }}
        />
        <span className={classes["numbers"]}>
          {t("fgqa.numbers", { picture, first: start, last: end, seconds: seconds.toFixed(2) })}
        </span>
        <label className={classes["speed"]}>
          <span className="vg-visually-hidden">{t("fgqa.speed")}</span>
          <select defaultValue={1} onChange={(event) => player.setSpeed(Number(event.currentTarget.value))}>
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
      </div>
    </div>
  );
}
