"""Rendered clips for the browser tests: the product's own scenes at fewer pictures a second, with their truth."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from annotator.video.samples import SAMPLES, SubjectTruth, Truth, render


def write(name: str, rate: int, folder: Path) -> tuple[Path, Truth]:
    """Render the sample `name` at a constant `rate` of pictures a second."""
    sample = next(sample for sample in SAMPLES if sample.name == name)
    path = folder / f"{name}.mp4"
    return path, render(replace(sample, rate=Fraction(rate), variable=False), path)


def subject(truth: Truth, label: str) -> SubjectTruth:
    """One subject's truth."""
    return next(found for found in truth.subjects if found.label == label)
