// A clip that is a span of a video: plays round and round, never leaves its span, and says which picture is shown.
import { type ReactNode, useEffect } from "react";
import { useT } from "../i18n";
import { type Player, SPEEDS } from "../player/player";
import { usePlayerState } from "../player/usePlayer";
import { Scene, type SceneBox, type ScenePoint } from "../scene/Scene";
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
  /** Where the clip shows the answer that is worked on: drawn below the position. */
  readonly evidence?: { readonly picture_start: number; readonly picture_end: number } | null;
  readonly marks?: ReactNode;
  readonly onPoint?: (point: ScenePoint, positive: boolean, on: number | null) => void;
  readonly onBox?: (box: SceneBox, on: number | null) => void;
  readonly children?: ReactNode;
}

export function SegmentPlayer({ player, span, label, evidence, marks, onPoint, onBox, children }: Props) {
  const t = useT();
  const { start, end } = span;
  const shown = usePlayerState(player, (state) => state.shown);
  const rate = usePlayerState(player, (state) => state.rate);
  const speed = usePlayerState(player, (state) => state.speed);
  const silent = usePlayerState(player, (state) => state.silent);
  useEffect(() => {
    player.setLoop([start, end]);
    if (player.playhead < start || player.playhead > end) player.show(start);
    return () => player.setLoop(null);
  }, [player, start, end]);
  const picture = Math.max(start, Math.min(end, shown));
  const seconds = player.table.seconds(picture) - player.table.seconds(start);
  return (
    <section className={classes["clip"]} aria-label={label}>
      <div className={classes["stage"]}>
        <Scene player={player} label={label} marks={marks} {...(onPoint ? { onPoint } : {})} {...(onBox ? { onBox } : {})}>
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
        {silent === null ? null : (
          <button
            type="button"
            className={classes["sound"]}
            aria-label={t("wb.do.sound")}
            aria-pressed={!silent}
            title={t("wb.do.sound")}
            onClick={() => player.toggleSound()}
          >
            ♪
          </button>
        )}
        <label className={classes["speed"]}>
          <span className="vg-visually-hidden">{t("fgqa.speed")}</span>
          <select value={speed} onChange={(event) => player.setSpeed(Number(event.currentTarget.value))}>
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
      </div>
      {evidence ? (
        <div className={classes["evidenceBar"]} aria-hidden>
          <span
            style={{
              left: `${(100 * (evidence.picture_start - start)) / Math.max(1, end - start)}%`,
              width: `${Math.max(0.6, (100 * (evidence.picture_end - evidence.picture_start)) / Math.max(1, end - start))}%`,
            }}
          />
        </div>
      ) : null}
    </section>
  );
}
