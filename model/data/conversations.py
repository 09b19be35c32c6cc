"""The one renderer between released records and conversations: what is taught, previewed and scored comes from here.

Pure text functions without torch or numpy, because the server previews and releases with them. The prompts are
PLM-VideoBench's (arXiv 2504.13180); frame numbers in text count the 32 sampled frames, 0 to 31.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NotRequired, TypedDict, get_args

TaskName = Literal["fgqa", "rcap", "rtloc", "rdcap"]
TASKS: Final[tuple[TaskName, ...]] = get_args(TaskName)
"""What releases of this program hold."""

Kind = Literal["fgqa", "rcap", "rtloc", "rdcap", "sgqa", "mcq", "image", "text"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What can be trained on: a row's `task`. An `image` row may name several images."""

IMAGE_TAG: Final = "<image>"
"""Stands in a row's text where one of its images belongs; without any, the images stand before the text."""

SAMPLED_FRAMES: Final = 32
"""Frames that the model sees of a clip, and the scale of every frame number in text."""

SGQA: Final = "SGQA"
"""`q_subtype` of a released question that the camera's wearer asks: it is taught with the benchmark's SGQA prompt."""

SYSTEM_PROMPT: Final = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
    "provides, and assist the user with a variety of tasks using natural language."
)

Span = tuple[int, int]
Boxes = Mapping[int, Sequence[float] | None]
"""Picture index in the clip's file -> [x1, y1, x2, y2] in pixels of the file, or None where the subject is absent."""


class DenseCaption(TypedDict):
    """One event of a dense caption, in frames of the annotation grid, end inclusive."""

    start_frame: int
    end_frame: int
    caption: str


Turn = TypedDict("Turn", {"from": Literal["human", "assistant"], "value": str})
"""One turn of a conversation. The public loader knows exactly these two roles."""


class Row(TypedDict):
    """One line of a conversation file of a release: one training sample."""

    id: str
    task: Kind
    video: str
    conversations: list[Turn]
    bbox_map: NotRequired[dict[str, list[float] | None]]
    meta: dict[str, Any]


# Frame numbers


def sampled_frame(frame: int, total_frames: int) -> int:
    """The number in text, 0 to 31, of grid frame `frame` of a clip of `total_frames`; ValueError outside the clip."""
    if not 0 <= frame < total_frames:
        raise ValueError(f"frame {frame} is outside a clip of {total_frames} frames")
    return int(frame / (total_frames / SAMPLED_FRAMES))


def sampled_span(start_frame: int, end_frame: int, total_frames: int) -> Span:
    """A grid span, end inclusive, in frame numbers of the text; ValueError when it is empty or outside the clip."""
    if end_frame < start_frame:
        raise ValueError(f"span [{start_frame}, {end_frame}] ends before it starts")
    return sampled_frame(start_frame, total_frames), sampled_frame(end_frame, total_frames)


# Prompts


def fgqa_prompt(question: str) -> str:
    """FGQA in training is open ended: the question as it was asked."""
    return question


def fgqa_options_prompt(question: str, option_0: str, option_1: str) -> str:
    """One binary of the FGQA benchmark."""
    return f"Question: {question}\nOptions:\n(A) {option_0}\n(B) {option_1}\nOnly give the best option."


def sgqa_prompt(question: str) -> str:
    """An SGQA question; the two spaces between the sentences are the benchmark's."""
    return (
        "The following question is asked by the camera wearer at the end of the video.  Provide a detailed answer even "
        "if unsure.  Try to answer in around 20-30 words.  Now answer the following question based on the video "
        f"content: {question}"
    )


def rcap_prompt(start: int, end: int, clip_frames: int = SAMPLED_FRAMES) -> str:
    """RCap for a window in frame numbers of the text; `clip_frames` differs only in the scorer's compat mode."""
    return (
        "Give a detailed description of the events occurring in the region marked by the red rectangle within frames "
        f"[{start}, {end}] in this {clip_frames} frame video."
    )


def rtloc_prompt(caption: str) -> str:
    """RTLoc: when does the captioned event happen?"""
    return (
        "Given the region marked by the red rectangle in the video, please provide the start and end frame of when "
        f"'{caption}' happens. Use the format [start, end] where start and end are frame numbers between 0 and 31 in "
        "this 32 frame video."
    )


def rdcap_prompt() -> str:
    """RDCap: the dense caption of the marked subject."""
    return (
        "Create a dense caption of the subject's actions within the red rectangles, including action frames ids and "
        "brief descriptions. For each item use the format [start, end]: [description] separated by a newline, where "
        "start and end are frame numbers between 0 and 31 in this 32 frame video."
    )


# Answers


def window_answer(start: int, end: int) -> str:
    """The answer of RTLoc."""
    return f"[{start}, {end}]"


def dense_answer(events: Sequence[DenseCaption], total_frames: int) -> str:
    """The answer of RDCap: one line an event, in the order given."""
    lines = []
    for event in events:
        start, end = sampled_span(event["start_frame"], event["end_frame"], total_frames)
        lines.append(f"{window_answer(start, end)}: {event['caption']}")
    return "\n".join(lines)


# Rows


def fgqa_row(record: Mapping[str, Any], video: str, boxes: Boxes | None = None) -> Row:
    """A released `fgqa` record as a sample; `video` is the segment's clip, relative to the release folder."""
    metadata = record["metadata"]
    meta = {
        "qa_id": record["qa_id"],
        "segment_id": record["segment_id"],
        "source_video_id": metadata["source_video_id"],
        "q_type": metadata["q_type"],
        "question": record["question"],
        "answer": record["answer"],
    }
    asked = sgqa_prompt if metadata.get("q_subtype") == SGQA else fgqa_prompt
    return _row("fgqa", record["qa_id"], video, asked(record["question"]), record["answer"], boxes=boxes, meta=meta)


def rcap_row(record: Mapping[str, Any], video: str, boxes: Boxes | None = None) -> Row:
    """A released `rcap` record as a sample: window in, caption out."""
    start, end = sampled_span(record["start_frame"], record["end_frame"], record["total_frames"])
    prompt = rcap_prompt(start, end)
    return _row("rcap", record["uid"], video, prompt, record["caption"], boxes=boxes, meta=_event_meta(record))


def rtloc_row(record: Mapping[str, Any], video: str, boxes: Boxes | None = None) -> Row:
    """A released `rtloc` record as a sample: caption in, window out."""
    start, end = sampled_span(record["start_frame"], record["end_frame"], record["total_frames"])
    prompt = rtloc_prompt(record["caption"])
    return _row("rtloc", record["uid"], video, prompt, window_answer(start, end), boxes=boxes, meta=_event_meta(record))


def rdcap_row(record: Mapping[str, Any], video: str, boxes: Boxes | None = None) -> Row:
    """A released `rdcap` record as a sample: the whole dense caption of one masklet."""
    events: list[DenseCaption] = [
        {"start_frame": e["start_frame"], "end_frame": e["end_frame"], "caption": e["caption"]}
        for e in record["dense_captions"]
    ]
    meta = {key: record[key] for key in ("uid", "masklet_id", "total_frames")} | {"dense_captions": events}
    answer = dense_answer(events, record["total_frames"])
    return _row("rdcap", record["uid"], video, rdcap_prompt(), answer, boxes=boxes, meta=meta)


def mcq_row(record: Mapping[str, Any], video: str, boxes: Boxes | None = None) -> Row:
    """A record of the FGQA benchmark (one binary) as a sample: question and two options in, the letter out."""
    options = (record["options"]["option_0"], record["options"]["option_1"])
    prompt = fgqa_options_prompt(record["question"], *options)
    answer = f"({'AB'[record['answer_index']]})"
    meta = {"qa_uid": record["qa_uid"], "question": record["question"], "options": list(options)}
    return _row("mcq", record["uid"], video, prompt, answer, boxes=boxes, meta=meta)


def sgqa_row(record: Mapping[str, Any], video: str, boxes: Boxes | None = None) -> Row:
    """A record of SGQA as a sample: what the camera's wearer asks in, the written answer out."""
    meta = {"question": record["question"], "answer": record["answer"]}
    prompt = sgqa_prompt(record["question"])
    return _row("sgqa", record["uid"], video, prompt, record["answer"], boxes=boxes, meta=meta)


RENDERERS: Final[Mapping[TaskName, Callable[[Mapping[str, Any], str, Boxes | None], Row]]] = {
    "fgqa": fgqa_row,
    "rcap": rcap_row,
    "rtloc": rtloc_row,
    "rdcap": rdcap_row,
}


def render(task: TaskName, record: Mapping[str, Any], video: str, boxes: Boxes | None = None) -> Row:
    """The sample of a released record; ValueError when its frames do not fit its clip."""
    return RENDERERS[task](record, video, boxes)


def _event_meta(record: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("uid", "masklet_id", "total_frames", "start_frame", "end_frame", "caption")
    return {key: record[key] for key in keys}


def _row(
    task: Kind,
    uid: int | str,
    video: str,
    prompt: str,
    answer: str,
    *,
    boxes: Boxes | None,
    meta: dict[str, Any],
) -> Row:
    row: Row = {
        "id": f"{task}:{uid}",
        "task": task,
        "video": video,
        "conversations": [{"from": "human", "value": prompt}, {"from": "assistant", "value": answer}],
        "meta": meta,
    }
    if boxes is not None:
        row["bbox_map"] = {str(i): None if box is None else list(box) for i, box in sorted(boxes.items())}
    return row


# Parsers of what a model answered

_WINDOW = re.compile(r"\[\s*(\d+)\s*,\s*(\d+)\s*\]")
_DENSE_LINE = re.compile(r"^\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]\s*:?\s*(.*)$")
_OPTION = re.compile(
    r"^\W*(?:the\s+)?(?:(?:best|correct)\s+)?(?:answer|option)?\W*(?:is\W+)?(?:\(([ab])\)|([ab])(?=\W*$|[.):,\n]))",
    re.IGNORECASE,
)


def parse_window(text: str) -> Span | None:
    """The first `[x, y]` of an answer, as it stands there; None when there is none."""
    match = _WINDOW.search(text)
    return (int(match[1]), int(match[2])) if match else None


def parse_dense(text: str) -> list[tuple[Span, str]]:
    """The lines `[start, end]: caption` of an answer; brackets inside a caption survive, other lines are left out."""
    found = []
    for line in text.splitlines():
        if match := _DENSE_LINE.match(line):
            found.append(((int(match[1]), int(match[2])), match[3].strip()))
    return found


def parse_option(text: str) -> Literal["A", "B"] | None:
    """The option an answer names: `(A)`, `b.`, `Answer: B`, `The best option is (A)`; None when it names none."""
    match = _OPTION.match(text.strip())
    if match is None:
        return None
    return "A" if (match[1] or match[2]).lower() == "a" else "B"
