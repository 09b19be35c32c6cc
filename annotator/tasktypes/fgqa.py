"""FGQA, fine-grained questions and answers: verify drafted answers or write them, then review a share of it."""

from __future__ import annotations

from annotator.quality.text import same_words, text_problems
from annotator.records import AnswerRecord, Body, Problem, QuestionRecord, Record
from annotator.tasktypes.notes import note_fits
from annotator.tasktypes.tasktype import Context, TaskType, from_previous


def _seed_questions(context: Context) -> Body:
    return Body(questions={question.id: question for question in context.questions})


def _fits(path: str, record: Record, context: Context) -> list[Problem]:
    """At save: a question that was given is answered or rejected, never reworded, so that its origin stays true."""
    found = note_fits(path, record, context)
    if isinstance(record, QuestionRecord):
        given = {question.id: question for question in context.questions}.get(record.id)
        if given is not None and record != given:
            message = "This question was given: reject it with a reason, or ask a new one."
            found.append(Problem(field=path, code="given_question", message=message))
        elif given is None and (record.origin != "annotator" or record.draft is not None):
            message = "A question that you add has origin “annotator” and no draft."
            found.append(Problem(field=f"{path}.origin", code="origin", message=message))
    if isinstance(record, AnswerRecord):
        found += _inside(path, record, context)
    return found


def _inside(path: str, answer: AnswerRecord, context: Context) -> list[Problem]:
    """Evidence that lies outside the video, or ends before it starts."""
    found = []
    last = context.pictures - 1
    seen = answer.evidence
    if seen is not None and seen.picture_end < seen.picture_start:
        message = f"The evidence ends at picture {seen.picture_end}, before it starts at {seen.picture_start}."
        found.append(Problem(field=f"{path}.evidence.picture_end", code="ends_before_start", message=message))
    elif seen is not None and seen.picture_end > last:
        message = f"Picture {seen.picture_end} does not exist: the last one is {last}."
        found.append(Problem(field=f"{path}.evidence.picture_end", code="outside_video", message=message))
    if answer.point is not None and answer.point.picture > last:
        message = f"Picture {answer.point.picture} does not exist: the last one is {last}."
        found.append(Problem(field=f"{path}.point.picture", code="outside_video", message=message))
    return found


def _rules(body: Body, context: Context) -> list[Problem]:
    """Every given question is there; every question has its answer, and every answer its question."""
    found: list[Problem] = []
    for question in context.questions:
        if question.id not in body.questions:
            message = "This question was given and cannot be removed: reject it with a reason."
            found.append(Problem(field=f"questions.{question.id}", code="missing", message=message))
    if not body.questions:
        found.append(Problem(field="questions", code="no_questions", message="Ask at least one question."))
    for question_id, question in sorted(body.questions.items()):
        found += text_problems(f"questions.{question_id}.text", question.text)
        answer = body.answers.get(question_id)
        if answer is None:
            message = "Answer this question: accept the draft, write an answer, or reject it."
            found.append(Problem(field=f"answers.{question_id}", code="unanswered", message=message))
        else:
            found += _answer_rules(f"answers.{question_id}", answer, question)
    for answer_id in sorted(set(body.answers) - set(body.questions)):
        message = "There is no question for this answer."
        found.append(Problem(field=f"answers.{answer_id}", code="no_question", message=message))
    return found


def _answer_rules(field: str, answer: AnswerRecord, question: QuestionRecord) -> list[Problem]:
    if answer.verdict == "write":
        return text_problems(f"{field}.text", answer.text) + _distractor_rules(field, answer, answer.text)
    if answer.verdict == "accept":
        if question.draft is None or not question.draft.strip():
            message = "There is no drafted answer to accept: write one."
            return [Problem(field=f"{field}.verdict", code="no_draft", message=message)]
        return text_problems(f"{field}.verdict", question.draft) + _distractor_rules(field, answer, question.draft)
    if answer.reason is None:
        message = "Say why: irrelevant, unanswerable, incorrect, or lacking detail."
        return [Problem(field=f"{field}.reason", code="no_reason", message=message)]
    if question.draft is None and not answer.reason.closes_question:
        message = "There is no drafted answer that could be wrong: write the answer."
        return [Problem(field=f"{field}.reason", code="no_draft", message=message)]
    return text_problems(f"{field}.text", answer.text, required=False)


def _distractor_rules(field: str, answer: AnswerRecord, right: str) -> list[Problem]:
    """Each other option says something else than the answer and than the ones before it, and was looked at."""
    found = []
    said = {same_words(right)}
    for number, option in enumerate(answer.distractors):
        place = f"{field}.distractors.{number}"
        found += text_problems(f"{place}.text", option.text)
        words = same_words(option.text)
        if words and words in said:
            message = "This option says the same as the answer or as an option before it."
            found.append(Problem(field=f"{place}.text", code="same_option", message=message))
        said.add(words)
        if words and not option.checked:
            message = "Watch the clip and say that this option is plausible, yet false."
            found.append(Problem(field=f"{place}.checked", code="unchecked", message=message))
    return found


ANSWER = TaskType(
    kind="fgqa_answer",
    role="annotator",
    decides=False,
    collections=frozenset({"questions", "answers", "notes"}),
    seed=_seed_questions,
    rules=_rules,
    fits=_fits,
)

REVIEW = TaskType(
    kind="fgqa_review",
    role="reviewer",
    decides=True,
    collections=frozenset({"questions", "answers", "notes"}),
    seed=from_previous,
    rules=_rules,
    fits=_fits,
    return_steps=("answer",),
)
