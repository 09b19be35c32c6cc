"""XML that somebody else made, read as a stream: bounded in depth, text and attributes.

A document type can define entities that grow without limit or name files, so a document with one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from annotator.formats.foreign import ForeignError

MAX_TOKEN = 4 << 20
"""Bytes of one tag with its attributes, or of the text of one element."""
MAX_DEPTH = 100
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Node:
    """A tag that opens (with its attributes) or closes (with the text directly in it)."""

    kind: Literal["open", "close"]
    tag: str
    attributes: dict[str, str]
    text: str
    line: int


def nodes(path: Path) -> Iterator[Node]:
    """The tags of a document in order, in memory that does not grow with it. Raises ForeignError."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    waiting: list[Node] = []
    texts: list[list[str]] = []
    sizes: list[int] = []

    def opened(tag: str, attributes: dict[str, str]) -> None:
        if len(texts) >= MAX_DEPTH:
            raise ForeignError(_where(path, parser), f"is nested deeper than {MAX_DEPTH} elements")
        texts.append([])
        sizes.append(0)
        waiting.append(Node("open", tag, attributes, "", parser.CurrentLineNumber))

    def closed(tag: str) -> None:
        sizes.pop()
        waiting.append(Node("close", tag, {}, "".join(texts.pop()), parser.CurrentLineNumber))

    def text(data: str) -> None:
        if texts:
            sizes[-1] += len(data)
            if sizes[-1] > MAX_TOKEN:
                raise ForeignError(_where(path, parser), f"holds a text of more than {MAX_TOKEN} characters")
            texts[-1].append(data)

    def doctype(*_: object) -> None:
        raise ForeignError(_where(path, parser), "has a document type; files with entities of their own are not read")

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    given = 0
    with path.open("rb") as stream:
        while True:
            data = stream.read(_CHUNK)
            given += len(data)
            try:
                parser.Parse(data, not data)
            except expat.ExpatError as error:
                raise ForeignError(f"{path.name}, line {error.lineno}", f"is not XML: {error}") from None
            except (ValueError, LookupError) as error:
                if isinstance(error, ForeignError):
                    raise
                raise ForeignError(path.name, f"is not XML in an encoding that is known: {error}") from None
            if given - max(parser.CurrentByteIndex, 0) > MAX_TOKEN:
                raise ForeignError(_where(path, parser), f"holds a tag of more than {MAX_TOKEN} bytes")
            yield from waiting
            waiting.clear()
            if not data:
                return


def _where(path: Path, parser: expat.XMLParserType) -> str:
    return f"{path.name}, line {parser.CurrentLineNumber}"
