"""Renders a sample to an MP4 and says what is true in it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter

from annotator.video.encode import new_mp4
from annotator.video.picture import SMPTE170M
from annotator.video.samples.fox import FoxScene
from annotator.video.samples.pond import PondScene
from annotator.video.samples.street import StreetScene
from annotator.video.samples.table import TableScene
from annotator.video.samples.truth import Sample, Scene, Script, SubjectDraft, Truth

SCENES: dict[str, tuple[Sample, Callable[[], Scene]]] = {
    sample.name: (sample, scene)
    for sample, scene in (
        (Sample("fox", "A fox in a clearing", 12, Fraction(24)), FoxScene),
        (Sample("table", "A ball and a mug on a table", 10, Fraction(25)), TableScene),
        (Sample("street", "Toy cars on a play mat", 9, Fraction(30000, 1001)), StreetScene),
        (Sample("pond", "Two koi in a pond", 10, Fraction(25), variable=True), PondScene),
    )
}

SAMPLES: tuple[Sample, ...] = tuple(sample for sample, _ in SCENES.values())
"""The clips of the demo. Their bytes are the same whenever the same program renders them."""

SOUND_RATE = 44_100


def render(sample: Sample, out: Path) -> Truth:
    """Write the sample's clip (H.264 with B pictures, as a camera would) to `out`; returns all that is known of it."""
    scene = SCENES[sample.name][1]()
    pts, time_base = sample.clock()
    times = [value * time_base for value in pts]
    scaler = VideoReformatter()
    drafts = {label: SubjectDraft(label) for label in scene.script.events}
    with new_mp4(out, {"fflags": "+bitexact"}) as output:
        stream = output.add_stream("libx264", rate=sample.rate, options={"preset": "veryfast", "crf": "17"})
        context = stream.codec_context
        context.width, context.height = sample.size
        context.pix_fmt = "yuv420p"
        context.time_base = time_base
        context.thread_count = 1  # more threads give other bytes on other machines
        context.flags |= av.codec.context.Flags.bitexact
        context.colorspace = context.color_primaries = context.color_trc = SMPTE170M
        context.color_range = 1
        if scene.script.sound is not None:
            _add_sound(output, scene.script, float(sample.seconds))
        for value, t in zip(pts, times, strict=True):
            picture, masks = scene.draw(float(t))
            for label, draft in drafts.items():
                draft.add(masks.get(label))
            frame = scaler.reformat(
                VideoFrame.from_ndarray(picture, format="rgb24"),
                format="yuv420p",
                dst_colorspace=Colorspace.ITU601,
                threads=1,
            )
            frame.pts, frame.time_base = value, time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return Truth(
        subjects=[draft.finished(scene.script.events[label], times) for label, draft in drafts.items()],
        questions=scene.script.questions,
        times=times,
    )


def _add_sound(output: OutputContainer, script: Script, seconds: float) -> None:
    stream = output.add_stream("aac", rate=SOUND_RATE, layout="mono")
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    if script.sound is None:
        return
    samples = script.sound(np.arange(int(seconds * SOUND_RATE), dtype=np.float32) / np.float32(SOUND_RATE))
    for start in range(0, len(samples), 1024):
        frame = AudioFrame.from_ndarray(samples[None, start : start + 1024], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
