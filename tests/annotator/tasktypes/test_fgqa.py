"""The rules of the FGQA steps."""

import pytest

from annotator.records import AnswerRecord, Body, Operation, QuestionRecord
from annotator.tasktypes.apply import OperationRefused, apply
from annotator.tasktypes.registry import task_type
from annotator.tasktypes.tasktype import Context

DRAFTED = QuestionRecord(id="q1", text="How does she turn?", q_type="Pose", draft="To the left.", origin="imported")
OPEN = QuestionRecord(id="q2", text="What moves?", q_type="Other", origin="lead")
CONTEXT = Context(grid_length=30, pictures=150, questions=(DRAFTED, OPEN))
ANSWER = task_type("fgqa_answer")


def found(**answers):
    document = ANSWER.seed(CONTEXT)
    for name, fields in answers.items():
        document.answers[name] = AnswerRecord(id=name, **fields)
    return {(p.field, p.code) for p in ANSWER.rules(document, CONTEXT) if p.severity == "error"}


GOOD = {"verdict": "write", "text": "The ball."}


def test_the_questions_are_there_from_the_start_and_each_needs_an_answer():
    assert list(ANSWER.seed(CONTEXT).questions) == ["q1", "q2"]
    assert found() == {("answers.q1", "unanswered"), ("answers.q2", "unanswered")}


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ({"verdict": "accept"}, set()),
        ({"verdict": "write", "text": "To the right."}, set()),
        ({"verdict": "write", "text": " "}, {("answers.q1.text", "empty")}),
        ({"verdict": "write", "text": "A <|image|>"}, {("answers.q1.text", "control_token")}),
        ({"verdict": "reject"}, {("answers.q1.reason", "no_reason")}),
        ({"verdict": "reject", "reason": "irrelevant"}, set()),
        ({"verdict": "reject", "reason": "incorrect"}, set()),
        (
            {"verdict": "reject", "reason": "lacks_detail", "text": "Says nothing of <video>"},
            {("answers.q1.text", "media_tag")},
        ),
    ],
)
def test_the_ways_to_answer(first, expected):
    assert found(q1=first, q2=GOOD) == expected


def test_without_a_draft_there_is_nothing_to_accept_or_correct():
    assert found(q1={"verdict": "accept"}, q2={"verdict": "accept"}) == {("answers.q2.verdict", "no_draft")}
    assert found(q1={"verdict": "accept"}, q2={"verdict": "reject", "reason": "incorrect"}) == {
        ("answers.q2.reason", "no_draft")
    }
    assert found(q1={"verdict": "accept"}, q2={"verdict": "reject", "reason": "unanswerable"}) == set()


def test_an_answer_needs_its_question_and_a_given_question_stays():
    assert found(q1={"verdict": "accept"}, q2=GOOD, q9=GOOD) == {("answers.q9", "no_question")}
    document = Body(questions={"q2": OPEN}, answers={"q2": AnswerRecord(id="q2", **GOOD)})
    assert {(p.field, p.code) for p in ANSWER.rules(document, CONTEXT)} == {("questions.q1", "missing")}


def put(record):
    return Operation(id="op", verb="put", collection="questions", record_id=record["id"], record=record)


def test_a_given_question_is_not_reworded_but_new_ones_are_welcome():
    document = ANSWER.seed(CONTEXT)
    with pytest.raises(OperationRefused) as refused:
        apply(document, put({**DRAFTED.model_dump(mode="json"), "text": "Else?"}), ANSWER, CONTEXT)
    assert refused.value.problems[0].field == "questions.q1"
    apply(document, put({"id": "mine", "text": "How fast?", "q_type": "Speed/Force"}), ANSWER, CONTEXT)
    assert document.questions["mine"].origin == "annotator"
    with pytest.raises(OperationRefused, match="q_type"):
        apply(document, put({"id": "bad", "text": "How fast?", "q_type": "Speed"}), ANSWER, CONTEXT)
    with pytest.raises(OperationRefused, match="origin"):
        apply(document, put({"id": "fake", "text": "?", "q_type": "Other", "origin": "imported"}), ANSWER, CONTEXT)


def saved(collection, **record):
    document = ANSWER.seed(CONTEXT)
    operation = Operation(id="o1", verb="put", collection=collection, record_id=record["id"], record=record)
    apply(document, operation, ANSWER, CONTEXT)
    return document


@pytest.mark.parametrize(
    ("collection", "fields", "field"),
    [
        ("answers", {"evidence": {"picture_start": 9, "picture_end": 8}}, "answers.q1.evidence.picture_end"),
        ("answers", {"evidence": {"picture_start": 9, "picture_end": 150}}, "answers.q1.evidence.picture_end"),
        ("answers", {"point": {"picture": 150, "x": 1, "y": 1}}, "answers.q1.point.picture"),
        ("notes", {"text": "here", "picture": 9, "picture_end": 8}, "notes.q1.picture_end"),
        ("notes", {"text": "here", "picture_end": 8}, "notes.q1.picture"),
        ("notes", {"text": "here", "picture": 3, "box": {"x1": 5, "y1": 1, "x2": 5, "y2": 9}}, "notes.q1.box"),
    ],
)
def test_evidence_and_notes_lie_inside_the_video(collection, fields, field):
    needed = {"verdict": "accept"} if collection == "answers" else {}
    with pytest.raises(OperationRefused) as refused:
        saved(collection, id="q1", **needed, **fields)
    assert [problem.field.removeprefix("operations.0.") for problem in refused.value.problems] == [field]


def test_evidence_at_the_last_picture_fits():
    span = {"picture_start": 0, "picture_end": 149}
    point = {"picture": 149, "x": 3.5, "y": 4}
    document = saved("answers", id="q1", verdict="accept", evidence=span, point=point)
    assert document.answers["q1"].evidence.picture_end == 149


def test_other_options_differ_and_were_looked_at():
    options = [
        {"text": "To the right.", "checked": True},
        {"text": "to the  LEFT.", "checked": True},
        {"text": "She stands.", "checked": False},
        {"text": ""},
    ]
    assert found(q1={"verdict": "accept", "distractors": options}, q2=GOOD) == {
        ("answers.q1.distractors.1.text", "same_option"),
        ("answers.q1.distractors.2.checked", "unchecked"),
        ("answers.q1.distractors.3.text", "empty"),
    }
