"""The rules for text that people write: what would break training is an error, what reads badly a warning.

A draft with such text is still saved; submit, import and release refuse the errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from annotator.records import OUT_OF_FRAME, Problem

MAX_CAPTION: Final = 1000
"""Characters of a caption; the published captions are far shorter."""
MAX_ANSWER: Final = 3000

Severity = Literal["error", "warning"]

_CONTROL_TOKEN = re.compile(r"<\|[^\n]*?\|>|<\|")
_MEDIA_TAG = re.compile(r"<(?:image|video)>", re.IGNORECASE)
_BRACKET = re.compile(r"[\[\]]")
_LINE_BREAK = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_HEDGE = re.compile(
    r"\b(?:probably|presumably|possibly|perhaps|maybe|apparently|seems?|seemingly|appears? to|might|likely|"
    r"looks? (?:like|as if)|i (?:think|guess|believe))\b|아마|것 같",
    re.IGNORECASE,
)


def text_problems(
    field: str,
    text: str,
    *,
    max_length: int = MAX_ANSWER,
    required: bool = True,
    brackets: bool = True,
    one_line: bool = False,
) -> list[Problem]:
    """What is wrong with `text`; `brackets=False` and `one_line=True` are the stricter rules of captions.

    The public loader strips `<image>` and `<video>` from text and turns `<|…|>` into real control tokens.
    """
    if not text.strip():
        return [Problem(field=field, code="empty", message="Write something here.")] if required else []
    found = _wrong_in(text, max_length, brackets, one_line)
    return [Problem(field=field, code=code, message=message, severity=severity) for code, message, severity in found]


_SUSPECT = re.compile("[<\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def harmless(text: str, max_length: int = MAX_ANSWER) -> bool:
    """True when `text_problems` finds no error in a text that is not empty, told quickly; False says nothing."""
    if len(text) > max_length or not text.strip():
        return False
    # What can be printed needs no search; other texts, as those of several lines, may be harmless as well.
    return "<" not in text if text.isprintable() else not _SUSPECT.search(text)


# What a caption may not hold besides: brackets and line breaks.
_SUSPECT_IN_CAPTION = re.compile(r"[<\[\]\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def harmless_caption(caption: str) -> bool:
    """True when `caption_problems` finds no error, told quickly; False says nothing."""
    if len(caption) > MAX_CAPTION or not caption.strip():
        return False
    if caption.isprintable():
        return not ("<" in caption or "[" in caption or "]" in caption)
    return not _SUSPECT_IN_CAPTION.search(caption)


# Each save asks for all captions of a document, of which it changed one.
@lru_cache(maxsize=2048)
def _wrong_in(
    text: str,
    max_length: int,
    brackets: bool,
    one_line: bool,
) -> tuple[tuple[str, str, Severity], ...]:
    found: list[tuple[str, str, Severity]] = []

    def refuse(code: str, message: str) -> None:
        found.append((code, message, "error"))

    if match := _CONTROL_TOKEN.search(text):
        refuse("control_token", f"“{match[0][:40]}” is a control token of the language model. Write it in words.")
    if match := _MEDIA_TAG.search(text):
        refuse("media_tag", f"“{match[0]}” marks a place for a picture in training files. Write it in words.")
    if _UNPRINTABLE.search(text):
        refuse("unprintable", "The text contains a character that cannot be printed. Remove it.")
    if not brackets and (match := _BRACKET.search(text)):
        refuse("bracket", f"“{match[0]}” breaks the format of dense captions. Use round brackets or none.")
    if one_line and _LINE_BREAK.search(text):
        refuse("line_break", "A caption is one line: dense captions are separated by line breaks.")
    if len(text) > max_length:
        refuse("too_long", f"{len(text)} characters are too many: at most {max_length}.")
    if match := _HEDGE.search(text):
        message = f"“{match[0]}” guesses. Say only what is visible."
        found.append(("hedge", message, "warning"))
    return tuple(found)


def caption_problems(field: str, caption: str) -> list[Problem]:
    """The rules of an event's caption."""
    if is_out_of_frame(caption):
        message = f"The system writes “{OUT_OF_FRAME}” where the mask is absent. Caption what is visible."
        return [Problem(field=field, code="out_of_frame", message=message, severity="warning")]
    return text_problems(field, caption, max_length=MAX_CAPTION, brackets=False, one_line=True)


def is_out_of_frame(caption: str) -> bool:
    """Whether a caption says only that the subject is out of frame."""
    return same_words(caption).rstrip(".") == same_words(OUT_OF_FRAME).rstrip(".")


@lru_cache(maxsize=2048)
def same_words(text: str) -> str:
    """The form in which two texts count as the same: case, outer and repeated white space do not matter."""
    return " ".join(text.split()).casefold()


def repeated(captions: Iterable[tuple[str, str]]) -> list[Problem]:
    """A warning for each (field, caption) whose words were already used by an earlier one."""
    seen: set[str] = set()
    found = []
    for field, caption in captions:
        words = same_words(caption)
        if words and words in seen:
            message = "Another event has the same caption: say what is different, or join the two."
            found.append(Problem(field=field, code="repeated", message=message, severity="warning"))
        seen.add(words)
    return found
