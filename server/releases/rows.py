"""From work to released rows: what is wrong with it first, then PLM's records, each proved as a trainer reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import lt
from typing import Any, NamedTuple

import orjson

from annotator.formats.plm import (
    Subset,
    dense_record,
    event_captions,
    localizable,
)
from annotator.quality.dense import fill_out_of_frame
from annotator.quality.text import MAX_ANSWER, caption_problems, harmless, harmless_caption, text_problems
from annotator.records import Problem
from model.data.conversations import SGQA, Row, render
from model.data.rejects import check_row
from server.releases.load import MaskletWork, SegmentWork
from server.releases.rule import Rule, language_of
from server.releases.said import Asked


class Released(NamedTuple):
    """A row: PLM's record, and the conversation that is made of it."""

    subset: Subset
    record: Mapping[str, Any]
    id: str
    """Of the conversation."""
    told: bytes
    """The conversation as JSON without its boxes, which all rows of a masklet have in common."""
    boxes: bytes = b""
    """`bbox_map` of the conversation as JSON; empty where there is none."""

    def line(self) -> bytes:
        """The conversation as JSON."""
        return b'%b,"bbox_map":%b}' % (self.told[:-1], self.boxes) if self.boxes else self.told


class Answers(NamedTuple):
    """The rows of a segment, written at once: they are most of what a release holds, and have nearly all in common."""

    columns: dict[str, list[Any]]
    """Of the records; `metadata.domain` is a field of an object."""
    records: list[bytes]
    """The records as JSON."""
    ids: list[str]
    """Of the conversations."""
    told: list[bytes]
    """The conversations as JSON."""


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
        asked = work.said.asked[key]
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
        answers = answers_of(work, rule)
        if _all_harmless([text for _, *texts in answers for text in texts]):
            return []
        for key, question, answer in answers:
            if not (harmless(question) and harmless(answer)):
                problems += text_problems(f"questions.{key}.text", question)
                problems += text_problems(f"answers.{key}.text", answer)
    return [problem for problem in problems if problem.severity == "error"]


def _all_harmless(texts: Sequence[str]) -> bool:
    """True when there is nothing in all these texts that a rule is about, told at once; False says nothing."""
    joined = "".join(texts)
    return joined.isprintable() and "<" not in joined and all(texts) and max(map(len, texts), default=0) <= MAX_ANSWER


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


def segment_rows(work: SegmentWork, rule: Rule, clip: Mapping[str, Any]) -> Answers:
    """The rows of a segment that has some; `clip` are the facts of its clip. Raises Faulty."""
    keys, questions, answers = map(list, zip(*answers_of(work, rule), strict=True))
    asked = [work.said.asked[key] for key in keys]
    segment = str(work.segment)
    segment_id, count = work.external_id or segment, len(keys)
    qa_ids = [f"{segment}.{key}" for key in keys]
    q_types, subtypes = [each.q_type for each in asked], [each.subtype for each in asked]
    before = {
        "source_video_id": work.video.name,
        "source_dataset": work.source_dataset,
        "source_start_time": clip["start_s"],
        "source_end_time": clip["end_s"],
        "what_description": work.what,
    }
    after = {"domain": work.domain, "is_audited": int(work.item.audited)}
    columns = {"qa_id": qa_ids, "segment_id": [segment_id] * count, "question": questions, "answer": answers}
    columns |= {f"metadata.{name}": [value] * count for name, value in before.items()}
    columns |= {"metadata.q_type": q_types, "metadata.q_subtype": subtypes}
    columns |= {f"metadata.{name}": [value] * count for name, value in after.items()}
    record = _RECORD % tuple(
        part.replace(b"%", b"%%")
        for part in (orjson.dumps(segment_id), orjson.dumps(before)[1:-1], orjson.dumps(after)[1:])
    )
    same = {b"video": f"videos/segments/{segment}.mp4", b"segment_id": segment_id, b"source_video_id": work.video.name}
    shapes: dict[str, bytes] = {}
    records, told = [], []
    # All texts are written at once: nowhere within one, where a quote has a backslash before it, is there a `","`.
    written = orjson.dumps([*qa_ids, *questions, *answers, *q_types, *subtypes])[2:-2].split(b'","')
    for place, row in enumerate(
        zip(*(written[start : start + count] for start in range(0, 5 * count, count)), strict=True)
    ):
        records.append(record % row)
        subtype = subtypes[place]
        if (shape := shapes.get(subtype)) is None:
            texts = {name: _inner(text).replace(b"%", b"%%") for name, text in same.items()}
            shape = shapes[subtype] = _SHAPES[subtype == SGQA] % texts
        qa_id, question, answer, q_type, _ = row
        line = shape % {b"qa_id": qa_id, b"question": question, b"answer": answer, b"q_type": q_type}
        if b"<" in line or not question:
            _check(orjson.loads(line))
        if asked[place].draft or asked[place].options:
            line = _with_more(line, asked[place], answers[place])
        told.append(line)
    return Answers(columns, records, [f"fgqa:{qa_id}" for qa_id in qa_ids], told)


_RECORD = (
    b'{"qa_id":"%%b","segment_id":%b,"question":"%%b","answer":"%%b",'
    b'"metadata":{%b,"q_type":"%%b","q_subtype":"%%b",%b}'
)
"""An FgqaRecord as JSON, first without what a segment's have in common, and then without what each has for itself."""


def _with_more(line: bytes, asked: Asked, answer: str) -> bytes:
    """A conversation with what else is known of the answer."""
    more: dict[str, Any] = {}
    if asked.draft and asked.draft.strip() != answer and harmless(asked.draft):
        more["draft"] = asked.draft.strip()  # a preference, for whoever learns those
    if asked.options and all(option and harmless(option) for option in asked.options):
        more["distractors"] = asked.options  # checked wrong answers: the benchmark's binaries
    return b"%b,%b}" % (line[:-2], orjson.dumps(more)[1:]) if more else line


_SAME = frozenset({b"video", b"segment_id", b"source_video_id"})


def _shape(subtype: str) -> bytes:
    """The renderer's sample of an answer as JSON, with holes where the texts of its record stand: `%(name)b` for what
    a segment's rows have in common, and `%%(name)b` for the others."""
    texts = {name: f"@{name}@" for name in ("qa_id", "segment_id", "question", "answer")}
    metadata = {"source_video_id": "@source_video_id@", "q_type": "@q_type@", "q_subtype": subtype}
    line = orjson.dumps(render("fgqa", {**texts, "metadata": metadata}, "@video@")).replace(b"%", b"%%%%")
    return re.sub(rb"@(\w+)@", lambda found: (b"%%(%b)b" if found[1] in _SAME else b"%%%%(%b)b") % found[1], line)


_SHAPES = (_shape(""), _shape(SGQA))
"""Of what is plain, and of what the camera's wearer asks."""


def _inner(text: str) -> bytes:
    """A text as it stands between the quotes of JSON."""
    return orjson.dumps(text)[1:-1]


def _released(subset: Subset, record: Mapping[str, Any], path: str, boxes: bytes = b"") -> Released:
    try:
        conversation = render(subset, record, path)
    except ValueError as error:
        raise fault(f"row {subset}", "frames", str(error)) from None
    told = orjson.dumps(conversation)
    if b"<" in told or not conversation["conversations"][1]["value"].strip():
        _check(conversation)
    return Released(subset, record, conversation["id"], told, boxes)


def _check(conversation: Row) -> None:
    """Refuse what the trainer would. Rows of ours are refused for their texts alone: for an empty one, or for tags and
    tokens, which have a `<`; so a row without either is not asked about."""
    if reason := check_row(conversation):
        raise fault(f"row {conversation['id']}", reason, "The trainer would skip this row.")


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
