/** How this person works: their own keys, their reaction time, what they were shown. The server keeps it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { changeMe } from "../api/actions";
import { keys } from "../api/keys";
import { meQuery } from "../api/queries";
import { queryClient } from "../api/queryClient";
import type { Me, Preferences } from "../api/types";
import type { Action } from "../editor/action";
import { remapped } from "../editor/remap";
import { sayError } from "./toast";

const DEFAULTS: Preferences = { keys: {}, reaction_ms: 250, tour_done: false, setup_done: false };

/** Outside React: what is known at this moment. */
export function preferencesNow(): Preferences {
  return queryClient.getQueryData<Me>(keys.me)?.preferences ?? DEFAULTS;
}

interface Mine {
  readonly preferences: Preferences;
  /** False until the person is known: nothing is offered for the first time before that. */
  readonly known: boolean;
  /** Shown at once; put back, with a word, where the server refuses it. */
  readonly change: (part: Partial<Preferences>) => void;
}

export function usePreferences(): Mine {
  const client = useQueryClient();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const preferences = me?.preferences ?? DEFAULTS;
  return {
    preferences,
    known: me !== undefined,
    change: (part) => {
      const before = client.getQueryData<Me>(keys.me)?.preferences ?? DEFAULTS;
      const show = (some: Partial<Preferences>): void => {
        client.setQueryData<Me>(keys.me, (now) => now && { ...now, preferences: { ...now.preferences, ...some } });
      };
      show(part);
      changeMe({ preferences: part }).catch((error: unknown) => {
        // Only what was refused: another change may have been made meanwhile.
        show(Object.fromEntries(Object.entries(before).filter(([name]) => name in part)) as Partial<Preferences>);
        sayError(error);
      });
    },
  };
}

/** A screen's actions with this person's keys. */
export function useActions<Context>(actions: readonly Action<Context>[]): readonly Action<Context>[] {
  const own = usePreferences().preferences.keys;
  return useMemo(() => remapped(actions, own), [actions, own]);
}
