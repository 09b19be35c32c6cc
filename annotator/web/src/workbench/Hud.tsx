/** Numbers over the picture: its ordinal, its time, its grid frame; told to screen readers when the film stands. */

import { useEffect, useState, type ReactNode } from "react";

import { useT } from "../i18n";
import type { Player } from "../player/player";
import { usePlayerState } from "../player/usePlayer";

export function Hud({ player }: { readonly player: Player }): ReactNode {
  const t = useT();
  const shown = usePlayerState(player, (state) => state.shown);
  const rate = usePlayerState(player, (state) => state.rate);
  const tier = usePlayerState(player, (state) => state.tier);
  const preview = usePlayerState(player, (state) => state.preview);
  const { table } = player;
  const [said, setSaid] = useState("");
  const standing = rate === 0 && shown >= 0;
  const grid = table.gridOf(Math.max(0, shown));
  const onGrid = table.pictureOfGrid(grid) === shown;
  useEffect(() => {
    if (!standing) return undefined;
    const timer = setTimeout(() => {
      setSaid(t("wb.hud.said", { picture: String(shown), grid: String(grid) }));
    }, 600);
    return () => {
      clearTimeout(timer);
    };
  }, [standing, shown, grid, t]);
  if (shown < 0) return null;
  return (
    <div className="wb-hud">
      <span>
        {t("wb.hud.picture", { picture: String(shown), count: String(table.count), seconds: table.seconds(shown).toFixed(3) })}
      </span>
      <span data-on-grid={onGrid || undefined}>{t("wb.hud.grid", { grid: String(grid) })}</span>
      {tier === null ? null : <span data-tier={tier} data-preview={preview || undefined}>{t(preview ? "wb.tier.preview" : `wb.tier.${tier}`)}</span>}
      <span className="vg-visually-hidden" role="status">
        {said}
      </span>
    </div>
  );
}
