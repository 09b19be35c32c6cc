"""From samples to batches: order and mixture, plans before decoding, worker processes, the folder, what is left out."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from model.data.conversations import KINDS
from model.data.order import SampleOrder
from model.data.picture_cache import PictureCache
from model.data.pictures import Pictures, View
from model.data.rejects import RejectLimitError, Rejects
from model.data.release import open_release
from model.data.samples import Sample, read_samples
from model.data.stream import Reading, Stream
from model.data.tokens import ChatEncoder
from model.tokenizer import build_tokenizer
from tests.model.release_factory import append_rows, write_manifest

SIZE, EACH = 28, 1
VIEW = View(SIZE, frames=8, max_tiles=4)


@pytest.fixture(scope="module")
def encoder() -> ChatEncoder:
    tokenizer = build_tokenizer(["Where? What?"], 300)
    return ChatEncoder(tokenizer, tokenizer.convert_tokens_to_ids("<|video|>"))


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Pictures]:
    with Pictures(VIEW, folder=tmp_path / "cache", processes=1) as made:
        yield made


def stream(
    samples: list[Sample], pictures: Pictures, encoder: ChatEncoder, share: float = 0.5, **more: int
) -> tuple[Stream, Rejects]:
    rejects = Rejects(share)
    reading = Reading("shared", 2400, 3000, EACH, SIZE, pad_id=0)
    return Stream(samples, pictures, encoder, rejects, reading, **more), rejects


def named(count: int, task: str = "fgqa", clip: str = "") -> list[Sample]:
    """Samples without files, three a clip."""
    return [
        Sample(f"{task}{n}", task, Path(f"{clip}{n // 3}"), "Q?", "A.", None, None, None, {})  # type: ignore[arg-type]  # names made here
        for n in range(count)
    ]


def test_an_epoch_holds_everything_once_with_the_samples_of_a_clip_together() -> None:
    samples = named(30)
    order = SampleOrder(samples, seed=4)
    epochs = [order.take(start, 30) for start in (0, 30)]
    assert all(sorted(epoch) == list(range(30)) for epoch in epochs) and epochs[0] != epochs[1]
    for epoch in epochs:
        clips = [samples[index].clip for index in epoch]
        assert all(len(set(clips[at : at + 3])) == 1 for at in range(0, 30, 3))
    assert [SampleOrder(samples, seed=4).batch(step, 7) for step in range(6)] == [
        order.take(7 * step, 7) for step in range(6)
    ], "a step follows from its number, whatever was read before"
    assert SampleOrder(samples, seed=5).take(0, 30) != epochs[0]


def test_weights_say_how_often_an_epoch_holds_a_kind() -> None:
    samples = named(12) + named(8, "rcap", "r") + named(4, "text", "t")
    order = SampleOrder(samples, 0, {"fgqa": 2.5, "rcap": 0.25, "text": 0})
    assert order.epoch_samples == 30 + 2
    seen = Counter(samples[index].task for index in order.take(0, 32))
    assert seen == {"fgqa": 30, "rcap": 2}
    assert set(Counter(order.take(0, 32)[:]).values()) <= {1, 2, 3}
    rare = {index for epoch in range(30) for index in order.take(32 * epoch, 32) if samples[index].task == "rcap"}
    assert len(rare) == 8, "in the end each is drawn"
    with pytest.raises(ValueError, match="weights of fgqa are below zero"):
        SampleOrder(samples, 0, {"fgqa": -1})
    with pytest.raises(ValueError, match="nothing to train on"):
        SampleOrder(samples, 0, {"fgqa": 0, "rcap": 0, "text": 0})


def test_every_kind_of_sample_becomes_a_batch(own_release: Path, pictures: Pictures, encoder: ChatEncoder) -> None:
    for name, size in (("wide", (60, 20)), ("small", (20, 20))):
        (own_release / "images").mkdir(exist_ok=True)
        Image.new("RGB", size, (90, 160, 20)).save(own_release / f"images/{name}.png")
    region = {"bbox": [[6, 5, 30, 10]], "width": 60, "height": 20}
    asked = [{"from": "human", "value": "Is <image> like <image>?"}, {"from": "assistant", "value": "No."}]
    rows = [
        {
            "id": "i1",
            "task": "image",
            "image": "images/wide.png",
            **region,
            "conversations": _turns("What is <|bbox0|>?"),
        },
        {"id": "i2", "task": "image", "image": ["images/wide.png", "images/small.png"], "conversations": asked},
        {"id": "t1", "task": "text", "conversations": [*_turns("One?"), *_turns("Two?")]},
        {"id": "m1", "task": "mcq", "video": "videos/grid/vid000.mp4", "conversations": _turns("(A) or (B)?")},
        {"id": "s1", "task": "sgqa", "video": "videos/grid/vid000.mp4", "conversations": _turns("Where is it?")},
    ]
    append_rows(own_release, "train", map(json.dumps, rows))
    rejects = Rejects(0)
    samples = read_samples(open_release(own_release), "train", KINDS, rejects)
    assert Counter(sample.task for sample in samples) == {
        "fgqa": 8, "rcap": 8, "rtloc": 8, "rdcap": 4, "image": 2, "text": 1, "mcq": 1, "sgqa": 1,
    }  # fmt: skip
    read, rejects = stream(samples, pictures, encoder)
    units = [[index] for index in range(len(samples))]
    (step,) = read.steps([(0, units)], ahead=1)
    assert not rejects.counts and {name for batch in step.batches for name in batch.samples} == {s.id for s in samples}
    shown = {example.sample.id: (example, encoder.show(example.tokens.ids)) for example in step.examples}
    assert "<|image|>×4What is [100,250,600,750]?" in shown["i1"][1] and len(shown["i1"][0].frames) == 1 + 3
    assert "Is<|image|>×4like<|image|>×5?" in shown["i2"][1] and len(shown["i2"][0].frames) == 9
    assert shown["t1"][0].frames.shape == (0, SIZE, SIZE, 3)
    # mcq and sgqa are about the same unmarked clip: one tree. The masklet's five samples are another.
    trees = [len(tree.branches) for batch in step.batches for tree in batch.trees or ()]
    assert trees.count(2) == 4 + 1 and trees.count(5) == 4
    assert all(batch.tokens <= 2400 for batch in step.batches)
    for batch in step.batches:
        assert len(batch.picture_places) == EACH * sum(map(len, batch.pictures))


def test_the_same_image_in_other_words_is_another_trunk(
    release: Path, tmp_path: Path, pictures: Pictures, encoder: ChatEncoder
) -> None:
    """As long as the other, and planned as the tree that it becomes."""
    Image.new("RGB", (20, 20)).save(tmp_path / "image.png")
    image = (tmp_path / "image.png",)
    asked = ["Ab <image> c?", "Ba <image> c?", "Ab <image> d?"]
    samples = [
        Sample(f"i{n}", "image", image[0], prompt, "A.", None, None, None, {}, images=image)
        for n, prompt in enumerate(asked)
    ]
    read, _ = stream(samples, pictures, encoder)
    found = [read._measure(index) for index in range(3)]
    assert len({one.trunk for one in found if one}) == 1
    assert [one.clip == found[0].clip for one in found if one and found[0]] == [True, False, True]
    (step,) = read.steps([(0, [[0], [1], [2]])], ahead=0)
    trees = [len(tree.branches) for batch in step.batches for tree in batch.trees or ()]
    assert sorted(trees) == [0, 2]


def _turns(question: str) -> list[dict[str, str]]:
    return [{"from": "human", "value": question}, {"from": "assistant", "value": "Yes."}]


def test_ranks_read_a_step_between_them_whatever_their_number(
    release: Path, pictures: Pictures, encoder: ChatEncoder
) -> None:
    samples = read_samples(open_release(release), "train", KINDS, Rejects(0))
    order = SampleOrder(samples, seed=1)
    found = {}
    for ranks in (1, 2, 4):
        parts = []
        for rank in range(ranks):
            read, _ = stream(samples, pictures, encoder, rank=rank, ranks=ranks)
            steps = list(read.steps(((n, [[i] for i in order.batch(n, 9)]) for n in range(2)), ahead=2))
            parts.append(steps)
        assert len({tuple(len(step.batches) for step in steps) for steps in parts}) == 1
        found[ranks] = [
            sorted(name for steps in parts for batch in steps[n].batches for name in batch.samples if name != "blank")
            for n in range(2)
        ]
    assert found[1] == found[2] == found[4]


def test_workers_decode_what_this_process_would_and_the_folder_keeps_it(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = read_samples(open_release(release), "train", ["rcap", "fgqa"], Rejects(0))
    with Pictures(VIEW, processes=0) as here, Pictures(VIEW, folder=tmp_path, processes=2) as elsewhere:
        for sample in samples[:4]:
            found = elsewhere.ahead(sample).result()
            assert (found == here.read(sample)).all() and elsewhere.counts(sample) == [len(found)]
        worker = elsewhere._workers[0]
        os.kill(worker.pid, signal.SIGINT)  # Ctrl-C reaches all programs of a terminal
        assert (elsewhere.ahead(samples[4]).result() == here.read(samples[4])).all() and worker.poll() is None
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        assert (elsewhere.ahead(samples[5]).result() == here.read(samples[5])).all(), "a killed worker is replaced"
    assert all(worker.poll() is not None for worker in elsewhere._workers)

    def never(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr("model.data.pictures.read_pictures", never)
    with Pictures(VIEW, folder=tmp_path, processes=0) as later:
        assert later.read(samples[0]).shape == (8, SIZE, SIZE, 3)


def test_the_folder_stays_within_its_bytes_and_mends_itself(tmp_path: Path) -> None:
    shown = np.random.default_rng(0).integers(0, 256, (2, 10, 10, 3), dtype=np.uint8)
    cache = PictureCache(tmp_path, max_bytes=4 * 800)
    for number, key in enumerate(["aa1", "ab2", "ac3"]):
        cache.put(key, shown)
        os.utime(tmp_path / key[:2] / f"{key}.npy", (number, number))
    assert cache.get("aa1") is not None  # used now, so the second is the oldest
    held = cache.get("ab2")
    os.utime(tmp_path / "ab/ab2.npy", (1, 1))
    for key in ("ad4", "ae5"):
        cache.put(key, shown)
    assert cache.get("ab2") is None and cache.get("aa1") is not None and cache.get("ae5") is not None
    assert held is not None and (held == shown).all(), "who has it open keeps it"
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.npy")) <= 4 * 800
    for damage in (b"\x93NUMPY damaged", b""):  # what a loss of power may leave
        (tmp_path / "ae/ae5.npy").write_bytes(damage)
        assert cache.get("ae5") is None and not (tmp_path / "ae/ae5.npy").exists()
    left, new = tmp_path / "aa/aa9.7.partial", tmp_path / "aa/aa9.8.partial"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    new.write_bytes(b"half")
    PictureCache(tmp_path, max_bytes=4 * 800).put("af6", shown)
    assert new.exists() and not left.exists(), "what a killed process left behind goes"


def test_a_disk_that_becomes_full_takes_fewer_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints, and on a small site the database, are on the same disk."""
    shown = np.zeros((2, 10, 10, 3), np.uint8)
    disk = {"total": 100_000, "used": 10_000, "free": 90_000}
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(**disk))
    cache = PictureCache(tmp_path, max_bytes=1 << 30)
    for number, key in enumerate(["aa1", "ab2", "ac3"]):
        cache.put(key, shown)
        os.utime(tmp_path / key[:2] / f"{key}.npy", (number, number))
    disk["free"] = 3_600
    cache.put("ad4", shown)
    assert [path.stem for path in tmp_path.glob("??/*.npy")] == ["ad4"]
    disk["free"] = 0
    cache.put("ae5", shown)
    assert cache.get("ae5") is None, "then they are decoded each time"


def test_more_clips_than_files_may_be_open_are_held_and_none_is_taken_for_damaged(
    release: Path, tmp_path: Path
) -> None:
    """A mapped file is an open one, and a step of the published recipes has hundreds."""
    sample = read_samples(open_release(release), "train", ["fgqa"], Rejects(0))[0]
    many = [replace(sample, id=str(number), start_s=number / 1000) for number in range(60)]
    before, opened = resource.getrlimit(resource.RLIMIT_NOFILE), list[int]()
    taken = {int(path.name) for path in Path("/proc/self/fd").iterdir()}
    few = next(number for number in count() if number - sum(one < number for one in taken) == 40)
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, before[1]))
    try:
        with Pictures(View(SIZE, frames=2), folder=tmp_path, processes=0) as pictures:
            held = [pictures.read(one) for one in many]
            assert [len(shown) for shown in held] == [2] * 60
            files = list(tmp_path.glob("??/*.npy"))
            resource.setrlimit(resource.RLIMIT_NOFILE, (few, before[1]))
            with suppress(OSError):
                while True:
                    opened.append(os.dup(0))
            cache = PictureCache(tmp_path, 1 << 30)
            assert all(cache.get(file.stem) is None for file in files)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for descriptor in opened:
            os.close(descriptor)
    assert len(files) == 60 and all(file.exists() for file in files), "not to be opened is no damage"


def test_a_folder_of_a_run_goes_with_it_and_one_that_was_left_is_taken_over(release: Path, tmp_path: Path) -> None:
    sample = read_samples(open_release(release), "train", ["fgqa"], Rejects(0))[0]
    own = tmp_path / "pictures-0"
    Pictures(VIEW, folder=own, goes=True, processes=0).read(sample)  # and is killed
    assert len(list(own.glob("??/*.npy"))) == 1
    with Pictures(VIEW, folder=own, goes=True, processes=0) as again:
        assert again.trouble(sample).result() is None and len(list(own.glob("??/*.npy"))) == 1
        assert "cannot be" in str(again.trouble(replace(sample, clip=release / "manifest.json", content="x")).result())
    assert not own.exists()


def test_what_cannot_be_read_is_counted_once_by_its_reason_and_capped(
    own_release: Path, pictures: Pictures, encoder: ChatEncoder
) -> None:
    broken = own_release / "videos/grid/vid000.mp4"
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size * 2 // 3])  # its header is at the front: it opens
    (own_release / "videos/grid/vid001.mp4").write_text("no video")
    splits = json.loads((own_release / "manifest.json").read_text())["splits"]
    write_manifest(own_release, splits)
    long = {"id": "long", "task": "text", "conversations": _turns("word " * 4000)}
    append_rows(own_release, "train", [json.dumps(long)])
    samples = read_samples(open_release(own_release), "train", KINDS, Rejects(0))
    read, rejects = stream(samples, pictures, encoder)
    units = [[index] for index in range(len(samples))]
    steps = list(read.steps([(0, units), (1, units)], ahead=1))
    assert rejects.counts == {"broken_clip": 10, "too_long": 1}
    assert "vid00" in rejects.examples["broken_clip"] and "tokens" in rejects.examples["too_long"]
    assert len(steps[1].examples) == len(samples) - 11
    with pytest.raises(RejectLimitError, match="broken_clip × "):
        list(stream(samples, pictures, encoder, share=0.1)[0].steps([(0, units)], ahead=0))


def test_a_batch_of_which_nothing_is_left_is_computed_for_nothing(encoder: ChatEncoder, pictures: Pictures) -> None:
    read, _ = stream(named(3), pictures, encoder, share=1.0)
    (step,) = read.steps([(0, [[0], [1]])], ahead=0)
    assert step.examples == [] and [batch.samples for batch in step.batches] == [("blank",)]
    assert step.batches[0].labels == 0 and torch.count_nonzero(step.batches[0].pictures[0]) == 0
