"""Rendered clips: what is said to be true of them is what their pixels show."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from annotator.records import QuestionType
from annotator.video.samples import SAMPLES, Sample, Truth, render


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory):
    """Renders a sample once for all tests of this file."""
    folder, done = tmp_path_factory.mktemp("samples"), {}

    def get(sample: Sample) -> tuple[Path, Truth]:
        if sample.name not in done:
            path = folder / f"{sample.name}.mp4"
            done[sample.name] = path, render(sample, path)
        return done[sample.name]

    return get


by_name = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def test_rates_differ() -> None:
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES) >= 4
    assert {sample.rate for sample in SAMPLES} >= {Fraction(24), Fraction(25), Fraction(30000, 1001)}
    assert any(sample.variable for sample in SAMPLES)
    assert all(6 <= sample.seconds <= 12 for sample in SAMPLES)


@by_name
def test_clip_and_truth_go_together(sample: Sample, rendered) -> None:
    path, truth = rendered(sample)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [(frame.pts * frame.time_base, (frame.width, frame.height)) for frame in container.decode(stream)]
        assert stream.codec_context.has_b_frames
    assert [seconds for seconds, _ in frames] == truth.times
    assert {size for _, size in frames} == {sample.size}
    assert (len({b - a for a, b in pairwise(truth.times)}) > 1) == sample.variable
    for subject in truth.subjects:
        assert len(subject.masks) == len(truth.times)
        assert all(mask is None or mask.shape == sample.size[::-1] for mask in subject.masks)
        for click in subject.points:
            mask = subject.masks[click.picture]
            assert mask is not None
            assert mask[click.y, click.x] == 1


@by_name
def test_events_cover_visible_pictures_in_order(sample: Sample, rendered) -> None:
    _, truth = rendered(sample)
    for subject in truth.subjects:
        covered = [p for event in subject.events for p in range(event.picture_start, event.picture_end + 1)]
        visible = [picture for picture, mask in enumerate(subject.masks) if mask is not None]
        assert covered == visible
        assert all(event.caption.endswith(".") and len(event.caption) > 30 for event in subject.events)
    # Somebody is hidden or away for a while and comes back.
    absences = [
        sum(a is not None and b is None for a, b in pairwise(subject.masks)) for subject in truth.subjects
    ]  # fmt: skip
    assert max(absences) >= 2


@by_name
def test_masks_lie_on_what_moves(sample: Sample, rendered) -> None:
    path, truth = rendered(sample)
    with av.open(str(path)) as container:
        pictures = [frame.to_ndarray(format="rgb24").astype(np.int16) for frame in container.decode(video=0)]
    subject = truth.subjects[0]
    empty = next(picture for picture, mask in enumerate(subject.masks) if mask is None)
    for event in subject.events:
        picture = (event.picture_start + event.picture_end) // 2
        mask = subject.masks[picture]
        assert mask is not None
        change = np.abs(pictures[picture] - pictures[empty]).mean(axis=2)
        others = np.zeros_like(mask)
        for other in truth.subjects:
            for at in (picture, empty):
                if other.masks[at] is not None:
                    others |= other.masks[at]
        assert change[mask == 1].mean() > 25
        assert change[others == 0].mean() < 8


def test_questions_have_several_types_and_drafts_of_every_kind() -> None:
    from annotator.video.samples.render import SCENES

    questions = [question for _, scene in SCENES.values() for question in scene().script.questions]
    assert len({question.q_type for question in questions}) == len(QuestionType)
    assert any(question.draft_answer is None for question in questions)
    assert sum(question.draft_answer is not None for question in questions) > len(questions) / 2
    for sample, scene in SCENES.values():
        assert all(0 <= q.start_s < q.end_s <= sample.seconds for q in scene().script.questions)


def test_rendering_twice_gives_the_same_bytes(tmp_path: Path, rendered) -> None:
    sample = next(sample for sample in SAMPLES if sample.name == "table")
    render(sample, tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == rendered(sample)[0].read_bytes()
