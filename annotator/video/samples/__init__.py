"""Clips that the program renders itself, with known masks, events, captions, questions and answers."""

from __future__ import annotations

from annotator.video.samples.render import SAMPLES, render
from annotator.video.samples.truth import Click, EventTruth, QuestionTruth, Sample, SubjectTruth, Truth

__all__ = ["SAMPLES", "Click", "EventTruth", "QuestionTruth", "Sample", "SubjectTruth", "Truth", "render"]
