/** The other subjects of a caption's video, as lanes of the timeline; whether they are shown is remembered. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { StoreApi } from "zustand";

import { contextQuery } from "../api/queries";
import { useT } from "../i18n";
import type { OtherLane } from "../timeline/OthersLanes";
import { toGrid, type Span } from "../timeline/spans";
import type { Bench, View } from "./bench";
import { colorOf } from "./colors";

const NONE: readonly OtherLane[] = [];

export function useOthers(bench: Bench): readonly OtherLane[] {
  const { task, player } = bench;
  const { data } = useQuery({ ...contextQuery(task.id), enabled: task.masklet_id !== null, staleTime: 60_000 });
  const t = useT();
  return useMemo(
    () =>
      data?.others.map(({ masklet_id, number, label, presence, events }) => ({
        id: masklet_id,
        label: label || t("wb.subject.unnamed", { number: String(number) }),
        color: colorOf(number - 1),
        present: presence && toGrid(presence.map(([first = 0, last = 0]): Span => [first, last]), player.table.grid),
        events,
      })) ?? NONE,
    [data, player, t],
  );
}

const KEY = "vidgrain.others";

export function othersChosen(): boolean {
  return localStorage.getItem(KEY) !== "no";
}

/** Remembered for the next task. */
export function chooseOthers(view: StoreApi<View>, others: boolean): void {
  localStorage.setItem(KEY, others ? "yes" : "no");
  view.setState({ others });
}
