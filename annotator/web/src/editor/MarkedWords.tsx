/** A text in which the words that another one does not have are marked, by more than colour. */

import { Fragment, useMemo, type ReactNode } from "react";

import { piecesOf } from "./words";
import "./keys.css";

export function Words({ text, other }: { readonly text: string; readonly other: string }): ReactNode {
  const pieces = useMemo(() => piecesOf(text, other), [text, other]);
  return (
    <>
      {pieces.map((piece, place) =>
        piece.own ? (
          <mark key={place} className="words-own">
            {piece.text}
          </mark>
        ) : (
          <Fragment key={place}>{piece.text}</Fragment>
        ),
      )}
    </>
  );
}
