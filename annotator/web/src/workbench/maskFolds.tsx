/** Parts of the mask panel that open on demand: the versions of a subject's masks; splitting and merging subjects. */

import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useStore } from "zustand";

import { asApiError } from "../api/error";
import { runAction, type Action } from "../editor/action";
import { KeyHint, keyProps } from "../editor/KeySheet";
import { useLocale, useT } from "../i18n";
import type { Bench } from "./bench";
import { nameOf } from "./subjects";
import { readTracks, type Masklet, type Track } from "./wire";

interface Props {
  readonly bench: Bench;
  readonly masklet: Masklet;
}

export function VersionsFold({ bench, masklet }: Props): ReactNode {
  const t = useT();
  const [open, setOpen] = useState(false);
  const { id, track } = masklet;
  const tracks = useQuery({
    queryKey: ["masklet-tracks", id, track?.id, track?.state],
    queryFn: () => readTracks(id),
    enabled: open,
  });
  return (
    <details
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>{t("wb.versions", { version: track?.version ?? 0 })}</summary>
      {tracks.error ? <p className="wb-empty">{asApiError(tracks.error).message}</p> : null}
      <ul className="wb-spans wb-versions">
        {tracks.data?.map((each) => (
          <Version key={each.id} bench={bench} masklet={masklet} track={each} />
        ))}
      </ul>
    </details>
  );
}

function Version({ bench, masklet, track }: Props & { readonly track: Track }): ReactNode {
  const t = useT();
  const locale = useLocale((state) => state.locale);
  const when = new Date(track.created_at);
  const today = when.toDateString() === new Date().toDateString();
  const time = today ? when.toLocaleTimeString(locale, { timeStyle: "short" }) : when.toLocaleString(locale, { dateStyle: "short", timeStyle: "short" });
  return (
    <li aria-current={track.current || undefined}>
      <span>
        <b>{t("wb.version", { version: track.version })}</b> <time dateTime={track.created_at}>{time}</time>
        <small>
          {t(track.state === "done" ? `wb.origin.${track.origin}` : `wb.version.${track.state}`)} ·{" "}
          {t("wb.version.prompts", { count: track.prompted })}
        </small>
      </span>
      {track.current ? (
        <i>{t("wb.version.current")}</i>
      ) : track.state === "done" ? (
        <button
          type="button"
          className="wb-small"
          aria-label={t("wb.version.restoreThis", { version: track.version })}
          onClick={() => {
            void bench.subjects.restore(masklet.id, track.version);
          }}
        >
          {t("wb.version.restore")}
        </button>
      ) : null}
    </li>
  );
}

export function JoinFold({ bench, actions, masklet }: Props & { readonly actions: readonly Action<Bench>[] }): ReactNode {
  const t = useT();
  const masklets = useStore(bench.subjects.state, (state) => state.masklets);
  const [chosen, setChosen] = useState<string | null>(null);
  const split = actions.find((action) => action.id === "subject.split");
  const others = masklets.filter(({ id, track }) => id !== masklet.id && track?.state === "done");
  const other = others.find(({ id }) => id === chosen) ?? others[0];
  return (
    <details>
      <summary>{t("wb.join")}</summary>
      <div className="wb-join">
        <button
          type="button"
          className="wb-small"
          disabled={masklet.track?.state !== "done"}
          {...keyProps(split, t("wb.do.splitSubject"))}
          onClick={() => {
            if (split) runAction(split, bench, bench.store);
          }}
        >
          {t("wb.split.here")} <KeyHint action={split} />
        </button>
        {other ? (
          <span>
            <select
              aria-label={t("wb.merge.other")}
              value={other.id}
              onChange={(event) => {
                setChosen(event.target.value);
              }}
            >
              {others.map((each) => (
                <option key={each.id} value={each.id}>
                  {nameOf(each)}
                </option>
              ))}
            </select>
            <button
              type="button"
              className="wb-small"
              onClick={() => {
                void bench.subjects.merge(masklet.id, other.id);
              }}
            >
              {t("wb.merge")}
            </button>
          </span>
        ) : null}
      </div>
    </details>
  );
}
