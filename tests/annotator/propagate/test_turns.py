"""Who gets the accelerator: clicks first, else first come, first served; never two at once."""

from __future__ import annotations

import threading
import time

import pytest

from annotator.propagate.turns import Turns, Urgency


def wait_for(turns: Turns, waiting: int) -> None:
    end = time.monotonic() + 60
    while turns.waiting != waiting:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_clicks_go_first_and_the_rest_as_they_came() -> None:
    turns = Turns()
    order: list[str] = []

    def work(name: str, urgency: Urgency) -> None:
        with turns.take(urgency):
            order.append(name)

    threads = []
    with turns.take(Urgency.PROPAGATION):
        for number, (name, urgency) in enumerate(
            [("a", Urgency.PROPAGATION), ("b", Urgency.PROPAGATION), ("c", Urgency.CLICK), ("d", Urgency.CLICK)]
        ):
            threads.append(threading.Thread(target=work, args=(name, urgency)))
            threads[-1].start()
            wait_for(turns, number + 1)
    for thread in threads:
        thread.join(60)
    assert order == ["c", "d", "a", "b"]


def test_nobody_is_starved_and_nobody_is_beside_another() -> None:
    turns = Turns()
    inside = 0
    taken: list[int] = []

    def work(name: int) -> None:
        nonlocal inside
        for _ in range(50):
            with turns.take(Urgency.PROPAGATION):
                inside += 1
                assert inside == 1
                taken.append(name)
                inside -= 1

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == sorted([*range(4)] * 50)


def test_a_step_that_fails_hands_on() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError, match="step"), turns.take(Urgency.CLICK):
        raise RuntimeError("the step failed")
    with turns.take(Urgency.PROPAGATION):
        assert turns.waiting == 0
