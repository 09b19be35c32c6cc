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
