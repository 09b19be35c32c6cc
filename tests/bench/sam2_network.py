"""For the benchmarks of SAM 2: a checkpoint of a published size with random weights, pictures, and the package's way.

Speed and memory do not depend on what the weights say, so none have to be fetched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from annotator.propagate.protocol import BoolMask, PropagatorOptions
from annotator.propagate.sam2_weights import CONFIGS, build
from tests.annotator.propagate import scenes, upstream

os.environ.setdefault("TQDM_DISABLE", "1")  # the package's progress bars


def write_checkpoint(folder: Path, options: PropagatorOptions) -> Path:
    """Random weights of the options' size, in the form of the published files."""
    import torch

    torch.manual_seed(0)
    path = folder / f"{options.size}.pt"
    torch.save({"model": build(options).state_dict()}, path)
    return path


def scene(count: int) -> scenes.Scene:
    """A turning ellipse over a texture, 640×360."""
    return scenes.render([(120 + 3 * i, 180.0) for i in range(count)], size=(640, 360), axes=(60, 44))


def write_jpegs(folder: Path, pictures: list[np.ndarray]) -> Path:
    """The folder of numbered JPEGs that the package reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{number:05d}.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    return folder


def package(checkpoint: Path, options: PropagatorOptions) -> Any:
    """The same network, loaded by the package."""
    from sam2.build_sam import build_sam2_video_predictor

    return build_sam2_video_predictor(
        CONFIGS[options.size],
        str(checkpoint),
        device=options.device,
        hydra_overrides_extra=[f"++model.image_size={options.image_size}", *upstream.OVERRIDES, *options.overrides],
        apply_postprocessing=False,
        vos_optimized=options.compiled,
    )


def package_track(model: Any, folder: Path, subjects: dict[str, BoolMask]) -> Iterator[list[BoolMask] | None]:
    """The package's loop as its examples have it: all JPEGs, the prompts (yields None), then masks by picture."""
    import torch

    cuda = model.device.type == "cuda"

    def wrapped() -> Any:
        return torch.autocast("cuda", dtype=torch.bfloat16) if cuda else nullcontext()

    with torch.inference_mode(), wrapped():
        state = model.init_state(str(folder))
        for subject, mask in subjects.items():
            model.add_new_mask(state, 0, subject, mask)
        tracked = model.propagate_in_video(state)
    yield None
    while True:
        with torch.inference_mode(), wrapped():
            found = next(tracked, None)
            if found is None:
                return
            masks = list((found[2][:, 0] > 0).cpu().numpy())
        yield masks
