"""The rules of the STC steps."""

import dataclasses

import pytest

from annotator.records import Body, EventRecord, Operation
from annotator.tasktypes.apply import OperationRefused, apply
from annotator.tasktypes.registry import TASK_TYPES, task_type
from annotator.tasktypes.tasktype import Context, MaskletFacts

PRESENT = MaskletFacts(id="m1", label="dog", track_state="done", stale=False, presence=(True,) * 64)
CONTEXT = Context(grid_length=64, pictures=320, masklets=(PRESENT,))


def body(*events):
    return Body(events={e.id: e for e in events})


def event(name, start, end, caption="The dog runs to the left."):
    return EventRecord(id=name, grid_start=start, grid_end=end, caption=caption)


def codes(problems, severity="error"):
    return {(p.field, p.code) for p in problems if p.severity == severity}


def test_the_registry_is_the_brief():
    assert {k: (t.role, t.decides) for k, t in TASK_TYPES.items()} == {
        "stc_subject": ("annotator", False),
        "stc_caption": ("annotator", False),
        "stc_verify": ("annotator", True),
        "stc_review": ("reviewer", True),
        "fgqa_answer": ("annotator", False),
        "fgqa_review": ("reviewer", True),
    }


def test_good_captions_pass():
    good = body(event("a", 0, 30), event("b", 31, 63, "It lies down."))
    assert task_type("stc_caption").rules(good, CONTEXT) == []


def test_no_events_is_one_error():
    assert codes(task_type("stc_caption").rules(Body(), CONTEXT)) == {("events", "no_events")}


def test_an_event_outside_the_grid_names_its_end():
    found = task_type("stc_caption").rules(body(event("a", 0, 64)), CONTEXT)
    assert codes(found) == {("events.a.grid_end", "outside_video")}


def test_overlap_gap_bracket_and_repeat_are_found_together():
    found = task_type("stc_caption").rules(
        body(event("a", 0, 30), event("b", 30, 50, "A [dog]"), event("c", 51, 63)), CONTEXT
    )
    assert codes(found) == {("events.b.grid_start", "overlap"), ("events.b.caption", "bracket")}
    assert codes(found, "warning") == {("events.c.caption", "repeated")}
    found = task_type("stc_caption").rules(body(event("a", 0, 30), event("b", 40, 63, "It jumps.")), CONTEXT)
    assert codes(found) == {("events", "gap")}


def test_shorter_than_a_sampled_frame_and_absent_are_warnings():
    half = dataclasses.replace(PRESENT, presence=(True,) * 32 + (False,) * 32)
    context = dataclasses.replace(CONTEXT, masklets=(half,))
    found = task_type("stc_caption").rules(
        body(event("a", 0, 0), event("b", 1, 31, "x"), event("c", 40, 50, "y")), context
    )
    assert codes(found) == set()
    assert codes(found, "warning") == {("events.a.grid_end", "too_short"), ("events.c", "absent")}


def test_captions_need_a_track():
    context = Context(grid_length=64, pictures=320, masklets=(dataclasses.replace(PRESENT, presence=()),))
    assert ("masklet.track", "no_track") in codes(task_type("stc_caption").rules(body(event("a", 0, 63)), context))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"track_state": "running"}, "no_track"),
        ({"track_state": "none"}, "no_track"),
        ({"stale": True}, "stale_track"),
        ({"stale": True, "unfollowed": (3, 9)}, "unfollowed"),
        ({"presence": (False,) * 64}, "never_visible"),
    ],
)
def test_subjects_must_be_tracked(change, code):
    context = dataclasses.replace(CONTEXT, masklets=(dataclasses.replace(PRESENT, **change),))
    assert codes(task_type("stc_subject").rules(Body(), context)) == {("subjects.m1.track", code)}


def test_a_subject_task_without_subject_is_refused():
    context = dataclasses.replace(CONTEXT, masklets=())
    assert codes(task_type("stc_subject").rules(Body(), context)) == {("subjects", "no_subjects")}


def put(collection, record_id, record, verb="put"):
    return Operation(id="op1", verb=verb, collection=collection, record_id=record_id, record=record)


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        (put("events", "e1", {"id": "e1", "grid_start": 0, "grid_end": 64}), "events.e1.grid_end"),
        (put("events", "e1", {"id": "e1", "grid_start": 64, "grid_end": 64}), "events.e1.grid_start"),
        (put("events", "e1", {"id": "e1", "grid_start": 9, "grid_end": 3}), "events.e1.grid_end"),
        (put("events", "e1", {"id": "e1", "grid_start": -1, "grid_end": 3}), "events.e1.grid_start"),
        (put("events", "e1", {"id": "e1", "grid_start": 0, "grid_end": 3, "colour": 1}), "events.e1.colour"),
        (put("events", "e1", {"id": "other", "grid_start": 0, "grid_end": 3}), "events.e1.id"),
        (put("events", "e1", None), "events.e1"),
        (put("answers", "q1", {"id": "q1", "verdict": "accept"}), "answers"),
        (put("notes", "n1", {"id": "n1", "text": "here", "picture": 320}), "notes.n1.picture"),
    ],
)
def test_what_can_never_be_right_is_refused_at_save_with_its_field(operation, field):
    document = body(event("old", 0, 3))
    with pytest.raises(OperationRefused) as refused:
        apply(document, operation, task_type("stc_caption"), CONTEXT)
    assert [p.field for p in refused.value.problems] == [field]
    assert document == body(event("old", 0, 3)), "a refused operation changes nothing"


def test_refused_text_is_saved_as_a_draft():
    document = Body()
    record = {"id": "e1", "grid_start": 0, "grid_end": 63, "caption": "A [<|image|>"}
    apply(document, put("events", "e1", record), task_type("stc_caption"), CONTEXT)
    assert document.events["e1"].caption == "A [<|image|>"
    assert codes(task_type("stc_caption").rules(document, CONTEXT)) == {
        ("events.e1.caption", "control_token"),
        ("events.e1.caption", "bracket"),
    }
    apply(document, put("events", "e1", None, verb="remove"), task_type("stc_caption"), CONTEXT)
    apply(document, put("events", "e1", None, verb="remove"), task_type("stc_caption"), CONTEXT)
    assert document == Body()
