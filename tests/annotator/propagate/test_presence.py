"""Absent after three pictures, there again after three; a flicker is shown to a person, not believed."""

from __future__ import annotations

import pytest

from annotator.propagate.presence import Presence


def states(text: str, presence: Presence | None = None) -> str:
    """`+` and `-` are pictures with and without the subject; the answer is `#` where its mask is shown."""
    presence = presence or Presence()
    return "".join("#" if presence.see(4.0 if each == "+" else -4.0, drawn=each == "+")[0] else "." for each in text)


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        ("++++++", "######"),
        ("++-+++", "##.###"),  # one picture without a mask has none to show; the subject is not gone
        ("++--++", "##..##"),
        ("++---++++", "##.....##"),  # gone; back with the third picture in a row
        ("---++-+++-", "........#."),
        ("-----", "....."),
    ],
)
def test_three_pictures_decide(seen: str, shown: str) -> None:
    assert states(seen) == shown


def test_doubt_lowers_the_score() -> None:
    presence = Presence()
    sure = presence.see(4.0, drawn=True)[1]
    assert sure > 0.95 > Presence().see(0.5, drawn=True)[1]
    scores = [presence.see(-4.0, drawn=False)[1] for _ in range(4)]
    assert scores[:2] == [pytest.approx(sure / 2, abs=1e-3)] * 2 and scores[2:] == [sure] * 2
    returned = [presence.see(4.0, drawn=True)[1] for _ in range(3)]
    assert returned == [*scores[:2], sure]
    assert presence.see(9.0, drawn=False) == (False, pytest.approx(0.5, abs=1e-3)), "a mask without pixels is absence"
    assert 0 <= Presence().see(-1e9, drawn=False)[1] <= 1


def test_a_persons_word_counts_at_once() -> None:
    presence = Presence()
    presence.say(there=False)
    assert states("+++", presence) == "..#"
    presence.say(there=True)
    assert states("+", presence) == "#"
