"""What a segment's document says: read quickly where it is plain, and validated whole wherever it is not.

A release reads hundreds of thousands of documents, each of which was validated when it was handed in and never changed
since. What a row takes of them is looked at here again, so that nothing else can come into a row; anything unusual, and
whatever somebody else asks for, is left to the records' own validation, which says what is wrong.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from annotator.formats.plm import fgqa_answers
from annotator.records import MAX_TEXT, AnswerRecord, Body, QuestionForm, QuestionRecord, QuestionType

_BODY = frozenset(Body.model_fields)
_QUESTION = frozenset(QuestionRecord.model_fields)
_ANSWER = frozenset(AnswerRecord.model_fields)
_TYPES = frozenset(kind.value for kind in QuestionType)
_VERDICTS = frozenset(("accept", "reject", "write"))
_PLAIN_FORM = QuestionForm.FGQA.value


class Asked(NamedTuple):
    """What a row takes of a question besides its words, and of the other options that its answer gives."""

    q_type: str
    subtype: str
    draft: str | None
    options: tuple[str, ...] = ()
    """Wrong answers that somebody checked."""


class Said:
    """A document as it was handed in. ValidationError, at whatever is asked, where it is no document."""

    __slots__ = ("_body", "_text", "answered", "asked")

    def __init__(self, text: str) -> None:
        self._text = text
        self._body: Body | None = None
        self.answered: list[tuple[str, str, str]] = []
        """(id, question, answer) of what is answered, by id (annotator.formats.plm.fgqa_answers)."""
        self.asked: dict[str, Asked] = {}
        """The questions of these, by id."""
        if not self._read():
            self._validated()

    @property
    def body(self) -> Body:
        """All of it, validated."""
        if self._body is None:
            self._body = Body.model_validate_json(self._text)
        return self._body

    def _validated(self) -> None:
        body = self.body
        self.answered = fgqa_answers(body)
        self.asked = {}
        for key, _, _ in self.answered:
            question, answer = body.questions[key], body.answers[key]
            options = tuple(option.text.strip() for option in answer.distractors if option.checked)
            self.asked[key] = Asked(question.q_type.value, question.subtype, question.draft, options)

    def _read(self) -> bool:
        """Read it as `_validated` would; False for anything that is not plain."""
        try:
            body = orjson.loads(self._text)
            whole = body.keys() <= _BODY and type(body.get("schema_version", 1)) is int
            return whole and self._pair(body["questions"], body["answers"])
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            return False

    def _pair(self, questions: dict[str, Any], answers: dict[str, Any]) -> bool:
        if type(questions) is not dict or type(answers) is not dict:
            return False
        for key in sorted(questions):
            asked, answer = questions[key], answers.get(key)
            question, draft, kind = asked["text"], asked.get("draft"), asked["q_type"]
            if (
                kind not in _TYPES
                or not asked.keys() <= _QUESTION
                or asked.get("form", _PLAIN_FORM) != _PLAIN_FORM
                or type(question) is not str
                or len(question) > MAX_TEXT
                or (draft is not None and (type(draft) is not str or len(draft) > MAX_TEXT))
            ):
                return False
            if answer is None:
                continue
            verdict, text = answer["verdict"], answer["text"]
            if (
                verdict not in _VERDICTS
                or not answer.keys() <= _ANSWER
                or answer.get("distractors")
                or type(text) is not str
                or len(text) > MAX_TEXT
            ):
                return False
            if verdict == "accept":
                text = draft
            if verdict != "reject" and text and (text := text.strip()):
                self.answered.append((key, question.strip(), text))
                self.asked[key] = Asked(kind, "", draft)
        return True
