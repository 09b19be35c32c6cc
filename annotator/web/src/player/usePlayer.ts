/** The player in React: one for a film, closed with the screen; parts of its state as hooks. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useStore } from "zustand";

import { videoQuery } from "../api/queries";
import { openFilm, proxyUrl } from "./openingFilm";
import { Player, type PictureRead, type PlayerState, type Tallied } from "./player";

declare global {
  interface Window {
    /** For the browser tests, which compare every picture with what PyAV decodes, and for the bench. */
    __vidgrain?: {
      readPicture(picture: number): Promise<PictureRead>;
      show(picture: number): void;
      tally(): Promise<Tallied>;
    };
  }
}

export interface OpeningPlayer {
  readonly player: Player | null;
  readonly error: unknown;
}

/** Opens a video's film. */
export function usePlayer(videoId: string | null): OpeningPlayer {
  const client = useQueryClient();
  const [opening, setOpening] = useState<OpeningPlayer>({ player: null, error: null });
  useEffect(() => {
    if (videoId === null) return undefined;
    let gone = false;
    let player: Player | null = null;
    const begun = openFilm(videoId);
    const open = async (): Promise<void> => {
      try {
        const [table, video] = await Promise.all([
          begun.table,
          client.fetchQuery({ ...videoQuery(videoId), staleTime: Number.POSITIVE_INFINITY }),
        ]);
        if (gone) return;
        const film = {
          table,
          proxyUrl: proxyUrl(videoId),
          pictureUrl: `/api/videos/${videoId}/pictures/{picture}.jpg`,
          hasSound: video.has_audio === true,
        };
        const made = new Player(film, begun.worker);
        player = made;
        window.__vidgrain = {
          readPicture: (picture) => made.readPicture(picture),
          show: (picture) => {
            made.show(picture);
          },
          tally: () => made.tally(),
        };
        setOpening({ player: made, error: null });
      } catch (error) {
        if (!gone) setOpening({ player: null, error });
      }
    };
    void open();
    return () => {
      gone = true;
      if (player) player.close();
      else begun.worker.terminate();
      delete window.__vidgrain;
      setOpening({ player: null, error: null });
    };
  }, [videoId, client]);
  return opening;
}

/** Part of a player's state; the component renders again only when that part changes. */
export function usePlayerState<Part>(player: Player, select: (state: PlayerState) => Part): Part {
  return useStore(player.state, select);
}
