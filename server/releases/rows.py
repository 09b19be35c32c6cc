"""From work to released rows: what is wrong with it first, then PLM's records, each proved as a trainer reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import lt
from typing import Any, NamedTuple

import orjson

from annotator.formats.plm import (
    FgqaMetadata,
    FgqaRecord,
    Subset,
    dense_record,
    event_captions,
    localizable,
)
from annotator.quality.dense import fill_out_of_frame
from annotator.quality.text import caption_problems, harmless, harmless_caption, text_problems
from annotator.records import Problem
from model.data.conversations import Row, render
from model.data.rejects import check_row
from server.releases.load import MaskletWork, SegmentWork
from server.releases.rule import Rule, language_of


class Released(NamedTuple):
    """A row: PLM's record, and the conversation that is made of it."""

    subset: Subset
    record: Mapping[str, Any]
    conversation: Row
    """Without its boxes, which all rows of a masklet have in common."""
    boxes: bytes = b""
    """`bbox_map` of the conversation as JSON; empty where there is none."""

    def line(self) -> bytes:
        """The conversation as a line of a release."""
        told = orjson.dumps(self.conversation, option=orjson.OPT_APPEND_NEWLINE)
        return told[:-2] + b',"bbox_map":' + self.boxes + b"}\n" if self.boxes else told


class Faulty(Exception):
    """Work that must not be released: why, for each place in its document."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = list(problems)


def fault(field: str, code: str, message: str) -> Faulty:
    """One thing that is wrong."""
    return Faulty([Problem(field=field, code=code, message=message)])


def answers_of(work: SegmentWork, rule: Rule) -> Sequence[tuple[str, str, str]]:
    """The answers of a segment that the rule wants: (id, question, answer)."""
    if not (rule.q_types or rule.human_only or rule.languages):
        return work.answered
    found = []
    for key, question, answer in work.answered:
        asked = work.body.questions[key]
        if rule.q_types and asked.q_type not in rule.q_types:
            continue
        if rule.human_only and asked.draft:
            continue
        if rule.languages and language_of(question, answer) not in rule.languages:
            continue
        found.append((key, question, answer))
    return found


def takes_masklet(work: MaskletWork, rule: Rule) -> bool:
    """Whether the rule wants a masklet's captions: as a whole, for a dense caption has no holes."""
    captions = [event.caption for event in work.body.events.values()]
    return not rule.languages or language_of(*captions) in rule.languages


def text_faults(work: MaskletWork | SegmentWork, rule: Rule) -> list[Problem]:
    """What breaks the rules of texts in what would be released."""
    problems: list[Problem] = []
    if isinstance(work, MaskletWork):
        for key, event in sorted(work.body.events.items()):
            if not harmless_caption(event.caption):
                problems += caption_problems(f"events.{key}.caption", event.caption)
    else:
        for key, question, answer in answers_of(work, rule):
            if not (harmless(question) and harmless(answer)):
                problems += text_problems(f"questions.{key}.text", question)
                problems += text_problems(f"answers.{key}.text", answer)
    return [problem for problem in problems if problem.severity == "error"]


def masklet_rows(
    work: MaskletWork, facts: Mapping[str, Any], clip: Mapping[str, Any], caption_uid: int, dense_uid: int
) -> list[Released]:
    """The rows of a masklet; `facts` are those of its masks, `clip` those of its grid clip. Raises Faulty."""
    if problem := work.fault or str(facts.get("fault", "")):
        raise fault("masks", "masks", problem)
    total = work.video.grid_length
    boxes = _boxes(facts["boxes"], clip)
    presence = [False] * total
    for first, last in facts["presence"]:
        presence[first : last + 1] = [True] * (last - first + 1)
    try:
        dense = fill_out_of_frame(work.body.events.values(), presence)
    except ValueError as error:
        raise fault("events", "events", str(error)) from None
    name, path = f"{work.video.name}.mp4", f"videos/grid/{work.video.name}.mp4"
    captions = event_captions(dense, first_uid=caption_uid, video=name, masklet_id=work.number, total_frames=total)
    whole = dense_record(dense, uid=dense_uid, video=name, masklet_id=work.number, total_frames=total)
    rows: list[tuple[Subset, Mapping[str, Any]]] = [("rcap", caption) for caption in captions]
    rows += [("rtloc", caption) for caption in localizable(captions)]
    rows.append(("rdcap", whole))
    return [_released(subset, record, path, boxes) for subset, record in rows]


def segment_rows(work: SegmentWork, rule: Rule, clip: Mapping[str, Any]) -> Iterator[Released]:
    """The rows of a segment; `clip` are the facts of its clip. Raises Faulty."""
    segment = str(work.segment)
    path = f"videos/segments/{segment}.mp4"
    for key, question, answer in answers_of(work, rule):
        asked = work.body.questions[key]
        metadata: FgqaMetadata = {
            "source_video_id": work.video.name,
            "source_dataset": work.source_dataset,
            "source_start_time": clip["start_s"],
            "source_end_time": clip["end_s"],
            "what_description": work.what,
            "q_type": asked.q_type.value,
            "q_subtype": asked.subtype,
            "domain": work.domain,
            "is_audited": int(work.item.audited),
        }
        record: FgqaRecord = {
            "qa_id": f"{segment}.{key}",
            "segment_id": work.external_id or segment,
            "question": question,
            "answer": answer,
            "metadata": metadata,
        }
        released = _released("fgqa", record, path)
        if asked.draft and asked.draft.strip() != answer and harmless(asked.draft):
            released.conversation["meta"]["draft"] = asked.draft.strip()  # a preference, for whoever learns those
        said = work.body.answers.get(key)
        options = [option.text.strip() for option in (said.distractors if said else []) if option.checked]
        if options and all(option and harmless(option) for option in options):
            released.conversation["meta"]["distractors"] = options  # checked wrong answers: the benchmark's binaries
        yield released


def _released(subset: Subset, record: Mapping[str, Any], path: str, boxes: bytes = b"") -> Released:
    try:
        conversation = render(subset, record, path)
    except ValueError as error:
        raise fault(f"row {subset}", "frames", str(error)) from None
    if reason := check_row(conversation):
        raise fault(f"row {conversation['id']}", reason, "The trainer would skip this row.")
    return Released(subset, record, conversation, boxes)


def _boxes(boxes: Sequence[Sequence[float] | None], clip: Mapping[str, Any]) -> bytes:
    """`bbox_map` as JSON, checked and written once for all rows of a masklet: every picture of the clip has an entry,
    and every box lies inside the picture. It is stricter than a trainer, who reads what is left of it."""
    if len(boxes) != clip["pictures"]:
        raise fault("masks", "bbox_map", f"There are {len(boxes)} boxes for a clip of {clip['pictures']} pictures.")
    width, height = clip["width"], clip["height"]
    if not _all_inside([box for box in boxes if box is not None], width, height):
        for frame, box in enumerate(boxes):
            if box is not None and not _all_inside([box], width, height):
                raise fault(f"masks.{frame}", "box", f"{list(box)} is not inside a picture of {width} × {height}.")
    return orjson.dumps(dict(enumerate(boxes)), option=orjson.OPT_NON_STR_KEYS)


def _all_inside(boxes: Sequence[Sequence[float]], width: int, height: int) -> bool:
    """Whether all boxes, of which a masklet has hundreds, have room in them and lie inside the picture."""
    if not boxes:
        return True
    x1, y1, x2, y2 = zip(*boxes, strict=True)
    inside = min(x1) >= 0 and min(y1) >= 0 and max(x2) <= width and max(y2) <= height
    return bool(inside and all(map(lt, x1, x2)) and all(map(lt, y1, y2)))
