/** The masks of both sides over one picture: what both have is shown once, in a colour of its own. */

import { useEffect, useMemo, useState } from "react";

import type { Side } from "../api/types";
import type { Player } from "../player/player";
import { COLORS } from "../workbench/colors";
import { MaskLoader } from "../workbench/maskLoader";
import { readMasks } from "../workbench/wire";

export interface Overlay {
  /** The player's name for it. */
  readonly key: string;
  readonly masklet: string;
  readonly track: string;
  readonly of: "left" | "right" | "both";
}

const COLOR_OF = { left: COLORS[0], right: COLORS[1], both: COLORS[3] } as const;

/** Each track once; the right side lies on top. */
export function overlaysOf(left: Pick<Side, "masks"> | null, right: Pick<Side, "masks"> | null): Overlay[] {
  const tracks = (side: Pick<Side, "masks"> | null): Set<string> => new Set(side?.masks.map((each) => each.track_id));
  const [ofLeft, ofRight] = [tracks(left), tracks(right)];
  const overlay = (of: "left" | "right", other: ReadonlySet<string>) => (each: Side["masks"][number]): Overlay[] => {
    const both = other.has(each.track_id);
    if (both && of === "right") return [];
    return [{ key: `${of} ${each.masklet_id}`, masklet: each.masklet_id, track: each.track_id, of: both ? "both" : of }];
  };
  return [...(left?.masks ?? []).flatMap(overlay("left", ofRight)), ...(right?.masks ?? []).flatMap(overlay("right", ofLeft))];
}

/** Loads them into the player, and shows those that are asked for. Gives what could not be loaded. */
export function useSideMasks(
  player: Player,
  left: Side | null,
  right: Side | null,
  shown: { readonly left: boolean; readonly right: boolean },
): unknown {
  const [error, setError] = useState<unknown>(null);
  const overlays = useMemo(() => overlaysOf(left, right), [left, right]);
  useEffect(() => {
    setError(null);
    const masklets = new Map(overlays.map(({ key, masklet }) => [key, masklet]));
    const loader = new MaskLoader(player, setError, (key, ...rest) => readMasks(masklets.get(key) ?? key, ...rest));
    for (const { key, track } of overlays) loader.load(key, track, () => []);
    return () => {
      for (const { key } of overlays) loader.forget(key);
      loader.close();
    };
  }, [player, overlays]);
  const { left: onLeft, right: onRight } = shown;
  useEffect(() => {
    const visible = { left: onLeft, right: onRight, both: onLeft || onRight };
    player.setStyles(overlays.map(({ key, of }) => ({ subject: key, color: COLOR_OF[of], visible: visible[of], stale: [] })));
  }, [player, overlays, onLeft, onRight]);
  return error;
}
