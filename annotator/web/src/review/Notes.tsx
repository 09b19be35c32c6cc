/** The notes of a document beside the work, with the field for a new one; and their regions over the picture. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { meQuery } from "../api/queries";
import type { DocumentStore } from "../editor/documentStore";
import { useDocumentState } from "../editor/useDocument";
import { useT } from "../i18n";
import type { Player } from "../player/player";
import { usePlayerState } from "../player/usePlayer";
import type { SceneBox } from "../scene/Scene";
import { addNote, isAbout, notesOf, pinOf, removeNote, type Region } from "./notes";
import "./notes.css";
import { tooLong } from "../ui/tooLong";

interface Props {
  readonly store: DocumentStore;
  readonly player: Player;
  /** Pictures of what is worked on now (the selected event, the evidence): a note may be pinned to them. */
  readonly span: readonly [number, number] | null;
  readonly writing: boolean;
  readonly setWriting: (writing: boolean) => void;
  readonly region: Region | null;
  readonly setRegion: (region: Region | null) => void;
}

export function Notes(props: Props): ReactNode {
  const t = useT();
  const { store, player, writing, setWriting, setRegion } = props;
  const body = useDocumentState(store, (state) => state.body);
  const readOnly = useDocumentState(store, (state) => state.readOnly);
  const shown = usePlayerState(player, (state) => state.shown);
  const notes = notesOf(body);
  if (notes.length === 0 && readOnly) return null;
  return (
    <section className="notes" aria-label={t("notes.title")}>
      <h2>{t("notes.count", { count: notes.length })}</h2>
      <ul>
        {notes.map((note) => (
          <li key={note.id} data-note={note.id} data-here={isAbout(note, shown) || undefined}>
            <p>{note.text}</p>
            <span>
              {note.picture === null ? null : (
                <button
                  type="button"
                  onClick={() => {
                    player.show(note.picture ?? 0);
                  }}
                >
                  {note.picture_end == null
                    ? t("notes.picture", { picture: String(note.picture) })
                    : t("notes.span", { start: String(note.picture), end: String(note.picture_end) })}
                  {note.box ? ` · ${t("notes.region")}` : ""}
                </button>
              )}
              {note.author ? <em>{note.author}</em> : null}
              {readOnly ? null : (
                <button
                  type="button"
                  aria-label={t("notes.remove", { text: note.text.slice(0, 40) })}
                  onClick={() => {
                    store.edit("notes.removeOne", (before) => removeNote(before, note.id));
                  }}
                >
                  ✕
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {readOnly ? null : writing ? (
        <Writing {...props} />
      ) : (
        <button
          type="button"
          className="notes-add"
          onClick={() => {
            setRegion(null);
            setWriting(true);
          }}
        >
          {t("notes.add")}
        </button>
      )}
    </section>
  );
}

/** As the server takes them. */
const MOST_LETTERS = 4000;

type Where = "picture" | "span" | "nothing";

function Writing({ store, player, span, setWriting, region, setRegion }: Props): ReactNode {
  const t = useT();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const [where, setWhere] = useState<Where>("picture");
  const [asked, setAsked] = useState(false);
  const shown = usePlayerState(player, (state) => state.shown);
  useEffect(() => field.current?.focus(), []);
  const empty = text.trim() === "";
  const long = tooLong(text, MOST_LETTERS);
  const close = (): void => {
    setRegion(null);
    setWriting(false);
  };
  const add = (): void => {
    setAsked(true);
    if (empty || long) {
      field.current?.focus();
      return;
    }
    store.edit("notes.add", (before) => addNote(before, text, pinOf(where, shown, span, region), me?.name ?? ""));
    close();
  };
  return (
    <div className="notes-writing">
      <textarea
        ref={field}
        rows={3}
        value={text}
        aria-label={t("notes.text")}
        placeholder={t("notes.placeholder")}
        aria-invalid={(asked && empty) || long !== undefined}
        onChange={(event) => {
          setText(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape") {
            event.stopPropagation();
            close();
          } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            add();
          }
        }}
      />
      {asked && empty ? <p role="alert">{t("notes.empty")}</p> : null}
      {long ? <p role="alert">{long}</p> : null}
      <div role="radiogroup" aria-label={t("notes.where")}>
        {(["picture", "span", "nothing"] as const)
          .filter((each) => each !== "span" || span)
          .map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="note-where"
                checked={where === each}
                onChange={() => {
                  setWhere(each);
                }}
              />
              {each === "picture"
                ? t("notes.picture", { picture: String(pinOf("picture", shown, null, region).picture) })
                : each === "span" && span
                  ? t("notes.span", { start: String(span[0]), end: String(span[1]) })
                  : t("notes.whole")}
            </label>
          ))}
      </div>
      {where === "nothing" ? null : (
        <p className="notes-hint">
          {region
            ? t("notes.regionIs", { width: Math.round(region.box.x2 - region.box.x1), height: Math.round(region.box.y2 - region.box.y1) })
            : t("notes.regionHint")}{" "}
          {region ? (
            <button
              type="button"
              onClick={() => {
                setRegion(null);
              }}
            >
              {t("clear")}
            </button>
          ) : null}
        </p>
      )}
      <div className="notes-end">
        <button type="button" className="notes-add" onClick={add}>
          {t("notes.save")}
        </button>
        <button type="button" onClick={close}>
          {t("cancel")}
        </button>
      </div>
    </div>
  );
}

interface RegionProps {
  readonly store: DocumentStore;
  readonly picture: number;
  /** Of the note that is being written. */
  readonly draft: Region | null;
}

/** The regions of the notes on this picture, in the scene's SVG. */
export function NoteRegions({ store, picture, draft }: RegionProps): ReactNode {
  const notes = useDocumentState(store, (state) => state.body.notes);
  const here = Object.values(notes).filter((note) => note.box && isAbout(note, picture));
  return (
    <g className="note-regions">
      {here.map((note) => (
        <RegionBox key={note.id} box={note.box ?? null} />
      ))}
      <RegionBox box={draft?.picture === picture ? draft.box : null} draft />
    </g>
  );
}

function RegionBox({ box, draft = false }: { readonly box: SceneBox | null; readonly draft?: boolean }): ReactNode {
  if (!box) return null;
  return (
    <rect
      x={box.x1}
      y={box.y1}
      width={box.x2 - box.x1}
      height={box.y2 - box.y1}
      data-draft={draft || undefined}
      vectorEffect="non-scaling-stroke"
    />
  );
}
