/** The scene: picture and mask canvases, what is drawn over them, and the pointer in proxy pixels. */

import { useEffect, useRef, useState, type CSSProperties, type PointerEvent, type ReactNode, type RefObject } from "react";
import { useStore } from "zustand";

import { isTyping } from "../editor/keymap";
import { useT } from "../i18n";
import { usePlayerState } from "../player/usePlayer";
import type { Picture } from "../player/frameTable";
import type { Player } from "../player/player";
import { kept, shifted, wheelFactor, WHOLE, zoomed, type Sight } from "./sight";
import "./scene.css";

export interface ScenePoint {
  /** Proxy pixels, inside the picture. */
  readonly x: number;
  readonly y: number;
}

export interface SceneBox {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** What draws instead of clicks and boxes. Points may lie outside the picture. */
export interface Pen {
  hover(point: ScenePoint | null): void;
  /**
   * `erase` with the right button or Alt: what is drawn is taken away, or the other way round. `scale` is how many proxy
   * pixels wide a CSS pixel is.
   */
  down(point: ScenePoint, erase: boolean, scale: number): void;
  drag(points: readonly ScenePoint[]): void;
  up(): void;
  cancel(): void;
  /** A double click, after the `down` of both. */
  twice(): void;
}

interface Props {
  readonly player: Player;
  /** A click; `positive` is false for the right button or with Alt. `on` is the picture that was pressed, if one was still. */
  readonly onPoint?: (point: ScenePoint, positive: boolean, on: Picture | null) => void;
  /** A drag with the left button, at least a few pixels wide and high, and the picture on which it began if one was still. */
  readonly onBox?: (box: SceneBox, picture: Picture | null) => void;
  readonly pen?: Pen | undefined;
  /** Drawn in an SVG over the picture, in proxy pixels. */
  readonly marks?: ReactNode;
  /** Over the picture's corners: tools, numbers. */
  readonly children?: ReactNode;
  readonly label: string;
}

const SMALLEST_BOX = 4;
/** From this scale on, pixels are shown as squares: whoever zooms in so far wants to see each. */
const PIXELS_FROM = 6;

export function Scene({ player, onPoint, onBox, pen, marks, children, label }: Props): ReactNode {
  const t = useT();
  const { width, height } = player.table;
  const stage = useRef<HTMLDivElement>(null);
  const sight = useStore(player.sight);
  const setSight = (change: (old: Sight) => Sight): void => {
    const { offsetWidth = 1, offsetHeight = 1 } = stage.current ?? {};
    player.sight.setState((old) => kept(change(old), { width: offsetWidth, height: offsetHeight }), true);
  };
  const [drag, setDrag] = useState<{ from: ScenePoint; to: ScenePoint; on: Picture | null } | null>(null);
  const pan = useRef<{ x: number; y: number; sight: Sight } | null>(null);
  const hand = useHand(player, stage);
  const stroking = useRef(false);
  const drawing = pen !== undefined || onPoint !== undefined || onBox !== undefined;

  useEffect(() => {
    stage.current?.prepend(player.element);
  }, [player]);

  // React's wheel listener is passive; zooming must keep the browser from scrolling or zooming the page.
  useEffect(() => {
    const node = stage.current?.parentElement;
    if (!node) return undefined;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = node.getBoundingClientRect();
      const at = { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const picture = { width: stage.current?.offsetWidth ?? 1, height: stage.current?.offsetHeight ?? 1 };
      player.sight.setState((old) => {
        const next = sideways
          ? shifted(old, -(event.deltaX || event.deltaY), event.deltaX ? -event.deltaY : 0)
          : zoomed(old, wheelFactor(event), at);
        return kept(next, picture);
      }, true);
    };
    node.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      node.removeEventListener("wheel", onWheel);
    };
  }, [player]);

  const freePoints = (...events: readonly { readonly clientX: number; readonly clientY: number }[]): ScenePoint[] => {
    const box = stage.current?.getBoundingClientRect() ?? new DOMRect();
    return events.map(({ clientX, clientY }) => ({
      x: ((clientX - box.left) / box.width) * width,
      y: ((clientY - box.top) / box.height) * height,
    }));
  };
  const pointOf = (event: PointerEvent): ScenePoint => {
    const [{ x, y } = { x: 0, y: 0 }] = freePoints(event);
    return { x: Math.max(0, Math.min(width - 1, x)), y: Math.max(0, Math.min(height - 1, y)) };
  };

  const onPointerDown = (event: PointerEvent): void => {
    const grabs = event.button === 1 || (event.button === 0 && (hand.held() || !drawing));
    if (grabs) {
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      pan.current = { x: event.clientX, y: event.clientY, sight };
      if (hand.held()) hand.used();
    } else if (pen) {
      event.currentTarget.setPointerCapture(event.pointerId);
      const scale = width / (stage.current?.getBoundingClientRect().width ?? width);
      for (const point of freePoints(event)) pen.down(point, event.button === 2 || event.altKey, scale);
      stroking.current = true;
    } else if (drawing) {
      event.currentTarget.setPointerCapture(event.pointerId);
      const at = pointOf(event);
      setDrag({ from: at, to: at, on: player.playing ? null : player.still });
    }
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (pan.current) {
      const { x, y, sight: before } = pan.current;
      setSight(() => shifted(before, event.clientX - x, event.clientY - y));
    } else if (pen) {
      if (stroking.current) pen.drag(freePoints(...pointsBetween(event)));
      else for (const point of freePoints(event)) pen.hover(point);
    } else if (drag) setDrag({ ...drag, to: pointOf(event) });
  };
  const onPointerUp = (event: PointerEvent): void => {
    pan.current = null;
    if (stroking.current) pen?.up();
    stroking.current = false;
    if (!drag) return;
    setDrag(null);
    const box = boxOf(drag.from, pointOf(event));
    const wide = box.x2 - box.x1 >= SMALLEST_BOX && box.y2 - box.y1 >= SMALLEST_BOX;
    if (event.button === 0 && wide && onBox) onBox(box, drag.on);
    else onPoint?.(drag.from, event.button === 0 && !event.altKey, drag.on);
  };

  const style = { "--aspect": width / height } as CSSProperties;
  const dragged = drag && boxOf(drag.from, drag.to);
  return (
    <div className="vg-scene" style={style} role="group" aria-label={label}>
      <div
        ref={stage}
        className="vg-stage"
        data-drawing={drawing || undefined}
        data-pixels={sight.scale >= PIXELS_FROM || undefined}
        style={{ transform: `translate(${sight.x}px, ${sight.y}px) scale(${sight.scale})` }}
      >
        {/* Pointer only: everything that it does has its keys, and the canvases say their picture in words below. */}
        <svg
          className="vg-marks"
          viewBox={`0 0 ${width} ${height}`}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          onPointerCancel={() => {
            pan.current = null;
            setDrag(null);
            if (stroking.current) pen?.cancel();
            stroking.current = false;
          }}
          onPointerLeave={() => {
            pen?.hover(null);
          }}
          onDoubleClick={() => {
            pen?.twice();
          }}
          onContextMenu={(event) => {
            event.preventDefault();
          }}
        >
          {marks}
          {dragged && dragged.x2 - dragged.x1 > 1 ? (
            <rect
              className="vg-drag"
              x={dragged.x1}
              y={dragged.y1}
              width={dragged.x2 - dragged.x1}
              height={dragged.y2 - dragged.y1}
            />
          ) : null}
        </svg>
      </div>
      <Waiting player={player} />
      {children}
      {sight.scale === 1 ? null : (
        <button
          type="button"
          className="vg-zoom-reset"
          onClick={() => {
            player.sight.setState(WHOLE, true);
          }}
        >
          {t("wb.scene.whole", { percent: Math.round(sight.scale * 100) })}
        </button>
      )}
    </div>
  );
}

/** Says what is wrong with the film, that a picture is awaited, or that this is not the best way to see it, and why. */
function Waiting({ player }: { readonly player: Player }): ReactNode {
  const t = useT();
  const status = usePlayerState(player, (state) => state.status);
  const message = usePlayerState(player, (state) => state.message);
  const tier = usePlayerState(player, (state) => state.tier);
  const reason = usePlayerState(player, (state) => state.reason);
  const failure = usePlayerState(player, (state) => state.failure);
  const late = useLate(usePlayerState(player, (state) => state.waiting));
  if (status === "refused") {
    return (
      <div className="vg-scene-note" data-tone="bad" role="alert">
        <strong>{t("wb.scene.refused")}</strong>
        <span>{tier === "none" ? t("wb.scene.none") : message}</span>
        {reason === null ? null : <span>{t(`wb.reason.${reason}`)}</span>}
      </div>
    );
  }
  if (failure !== null) {
    return (
      <div className="vg-scene-note" data-tone="bad" role="alert">
        <strong>{t("wb.scene.failed")}</strong>
        <span>{failure}</span>
        <button
          type="button"
          onClick={() => {
            player.show(player.playhead);
          }}
        >
          {t("wb.retry")}
        </button>
      </div>
    );
  }
  if (late) return <div className="vg-scene-wait">{t("wb.scene.waiting")}</div>;
  if (tier === "jpeg" || tier === "video") {
    return (
      <div className="vg-scene-tier" role="status">
        {t(`wb.scene.${tier}`)}
        <span>
          {reason === null ? null : t(`wb.reason.${reason}`)} {message}
        </span>
      </div>
    );
  }
  return null;
}

/** True once something has been true for a while: a spinner for 30 ms would only flicker. */
function useLate(now: boolean, afterMs = 250): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLate(now);
    }, now ? afterMs : 0);
    return () => {
      clearTimeout(timer);
    };
  }, [now, afterMs]);
  return late && now;
}

/** All points of a fast stroke: the browser tells of several in one event, where it does (not over plain HTTP). */
function pointsBetween(event: PointerEvent): readonly { readonly clientX: number; readonly clientY: number }[] {
  const told = event.nativeEvent as Partial<Pick<globalThis.PointerEvent, "getCoalescedEvents">>;
  const all = told.getCoalescedEvents?.() ?? [];
  return all.length > 0 ? all : [event];
}

function boxOf(a: ScenePoint, b: ScenePoint): SceneBox {
  return { x1: Math.min(a.x, b.x), y1: Math.min(a.y, b.y), x2: Math.max(a.x, b.x), y2: Math.max(a.y, b.y) };
}

interface Hand {
  /** Space is held: a drag moves the picture. */
  held(): boolean;
  /** It was a drag: Space did not mean to play or pause, so the film goes back to what it did. */
  used(): void;
}

/** Space plays when it is pressed, and is the hand while it is held over the picture. */
function useHand(player: Player, stage: RefObject<HTMLDivElement | null>): Hand {
  const before = useRef<{ picture: number; rate: number } | null>(null);
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (event.code !== "Space" || event.repeat || isTyping(event.target instanceof Element ? event.target : null)) return;
      before.current = { picture: player.playhead, rate: player.state.getState().rate };
      stage.current?.setAttribute("data-hand", "");
    };
    const up = (event: KeyboardEvent | FocusEvent): void => {
      if (event instanceof KeyboardEvent && event.code !== "Space") return;
      before.current = null;
      stage.current?.removeAttribute("data-hand");
    };
    // Ahead of the keymap, which lets Space play.
    window.addEventListener("keydown", down, { capture: true });
    window.addEventListener("keyup", up);
    window.addEventListener("blur", up);
    return () => {
      window.removeEventListener("keydown", down, { capture: true });
      window.removeEventListener("keyup", up);
      window.removeEventListener("blur", up);
    };
  }, [player, stage]);
  return {
    held: () => before.current !== null,
    used: () => {
      const was = before.current;
      if (!was) return;
      player.show(was.picture);
      if (was.rate !== 0) player.play(was.rate > 0 ? 1 : -1);
    },
  };
}
