"""The `sam2` package's own predictor, called as its examples call it: the peer that ours must equal bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from annotator.propagate.protocol import BoolMask, PictureSource
from annotator.propagate.sam2_steps import Frames
from tests.annotator.propagate import tiny_sam2

OVERRIDES = (
    # The package's "post-processing" without its step for holes: that is a CUDA extension, which is not installed.
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_via_stability=true",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_delta=0.05",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_thresh=0.98",
    "++model.binarize_mask_from_pts_for_mem_enc=true",
    "++model.add_all_frames_to_correct_as_cond=true",
)


def predictor(checkpoint: Path, *overrides: str) -> Any:
    """The tiny network, loaded by the package."""
    from sam2.build_sam import build_sam2_video_predictor

    return build_sam2_video_predictor(
        "configs/sam2.1/sam2.1_hiera_t.yaml",
        str(checkpoint),
        device="cpu",
        hydra_overrides_extra=[f"++model.image_size={tiny_sam2.SIDE}", *OVERRIDES, *tiny_sam2.SHAPE, *overrides],
        apply_postprocessing=False,
    )


def state_of(model: Any, reader: PictureSource, width: int, height: int, count: int) -> dict[str, Any]:
    """`init_state` over the same pictures as ours, given whole as the package wants them."""
    import torch

    frames = Frames(reader, count, model.image_size, model.device)
    stacked = torch.stack([frames[picture] for picture in range(count)])
    with patch("sam2.sam2_video_predictor.load_video_frames", return_value=(stacked, height, width)):
        state: dict[str, Any] = model.init_state("given")
    return state


def masks(
    model: Any, state: dict[str, Any], prompts: Mapping[str, Mapping[int, BoolMask]], start: int, stop: int
) -> dict[int, dict[str, BoolMask]]:
    """Propagates from `start` to `stop` (before it: in reverse): masks by picture and object."""
    for subject, keyframes in prompts.items():
        for picture, mask in keyframes.items():
            model.add_new_mask(state, picture, subject, mask)
    found = {}
    for picture, subjects, logits in model.propagate_in_video(
        state, start_frame_idx=start, max_frame_num_to_track=abs(stop - start), reverse=stop < start
    ):
        found[picture] = dict(zip(subjects, (logits[:, 0] > 0).cpu().numpy().astype(np.bool_), strict=True))
    return found
