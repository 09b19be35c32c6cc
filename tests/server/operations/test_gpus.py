"""Which GPUs of its machine a worker tells of. The driver's tool is a program that prints four."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.jobs import roster
from server.operations.metrics import _workers
from server.parts import Parts

UUIDS = tuple(f"GPU-{n}{n}{n}{n}aaaa-0000-4000-8000-00000000000{n}" for n in range(4))
Say = Callable[[str | None], list[dict[str, Any]]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """`told("1")`: what a process with this CUDA_VISIBLE_DEVICES says of a machine with four GPUs."""
    lines = "\n".join(f"{n}, {uuid}, NVIDIA H200, 143771, {n * 1000}, {n * 10}" for n, uuid in enumerate(UUIDS))
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\ncat <<'E'\n{lines}\nE\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def say(visible: str | None) -> list[dict[str, Any]]:
        if visible is None:
            monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        else:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        return roster.gpus()

    return say


@pytest.mark.parametrize(
    ("visible", "places"),
    [
        (None, [0, 1, 2, 3]),
        ("", []),
        ("-1", []),
        ("2", [2]),
        ("3,1", [3, 1]),
        (" 1 , 2 ", [1, 2]),
        ("1,-1,2", [1]),
        ("1,9,2", [1]),
        ("1,1", [1]),
        (UUIDS[2], [2]),
        (f"{UUIDS[3][:9]},0", [3, 0]),
        ("GPU-", []),  # names all of them, so none
        (f"MIG-{UUIDS[1]}/1/0", [1]),
        ("nonsense", []),
    ],
)
def test_each_gpu_is_told_by_its_place_on_the_machine(told: Say, visible: str | None, places: list[int]) -> None:
    found = told(visible)
    assert [gpu["index"] for gpu in found] == places
    assert [gpu["uuid"] for gpu in found] == [UUIDS[place] for place in places]
    assert [gpu["use"] for gpu in found] == [place / 10 for place in places]


def test_two_workers_of_one_machine_are_two_gpus_in_the_metrics(told: Say, parts: Parts) -> None:
    for name, visible in (("a", "0"), ("b", "1"), ("c", "1")):
        told(visible)
        roster.Presence(parts, name, ["track"], 1).beat()
    with parts.database.read() as session:
        metrics = {metric.name: metric for metric in _workers(session)}
    host = os.uname().nodename
    [(first, _), (second, use)] = sorted(
        (sample.labels["gpu"], sample.value) for sample in metrics["vidgrain_gpu_use"].samples
    )
    assert (first, second, use) == ("0", "1", 0.1)
    labels = [sample.labels for sample in metrics["vidgrain_gpu_memory_used_bytes"].samples]
    assert {(each["host"], each["uuid"]) for each in labels} == {(host, UUIDS[0]), (host, UUIDS[1])}
    assert len(labels) == 2, "the GPU of two workers is told once"
