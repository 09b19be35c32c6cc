"""What may stand in a caption or an answer."""

import pytest

from annotator.quality.text import MAX_CAPTION, caption_problems, harmless_caption, repeated, text_problems


@pytest.mark.parametrize(
    ("caption", "code"),
    [
        ("", "empty"),
        ("  \t", "empty"),
        ("A <|image|> walks.", "control_token"),
        ("A <|eot_id|> walks.", "control_token"),
        ("An open <| stays.", "control_token"),
        ("The <image> falls.", "media_tag"),
        ("The <VIDEO> falls.", "media_tag"),
        ("The dog [left] runs.", "bracket"),
        ("The dog runs]", "bracket"),
        ("One line\nand another", "line_break"),
        ("One line\u2028and another", "line_break"),
        ("A null \x00 byte", "unprintable"),
        ("x" * (MAX_CAPTION + 1), "too_long"),
    ],
)
def test_a_caption_that_breaks_training_is_an_error_naming_the_field(caption, code):
    found = caption_problems("events.e1.caption", caption)
    assert [(p.code, p.severity, p.field) for p in found] == [(code, "error", "events.e1.caption")]
    assert not harmless_caption(caption), "the quick look must never pass an error"


@pytest.mark.parametrize(
    "caption", ["It probably falls.", "The dog seems tired.", "He might jump.", "It looks like rain."]
)
def test_a_guess_is_a_warning_only(caption):
    assert [(p.code, p.severity) for p in caption_problems("f", caption)] == [("hedge", "warning")]


@pytest.mark.parametrize(
    "caption", ["A dog (brown) turns left.", "개가 왼쪽으로 돈다.", "She says 5 < 6 | 7 > 2.", "x" * MAX_CAPTION]
)
def test_ordinary_captions_pass(caption):
    assert caption_problems("f", caption) == []


def test_an_answer_may_have_lines_and_brackets_but_no_tokens():
    assert text_problems("answers.q.text", "First [1].\nThen two.") == []
    assert [p.code for p in text_problems("answers.q.text", "<|bbox0|>")] == ["control_token"]
    assert text_problems("answers.q.text", "", required=False) == []


def test_the_same_words_twice_are_a_warning_on_the_later_one():
    found = repeated([("a", "A dog runs."), ("b", "Another"), ("c", "a  DOG runs.")])
    assert [(p.field, p.code, p.severity) for p in found] == [("c", "repeated", "warning")]
