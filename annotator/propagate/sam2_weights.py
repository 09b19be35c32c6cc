"""SAM 2's network from its configuration and a checkpoint of plain tensors. torch is imported inside functions only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotator.propagate.protocol import PropagatorOptions

CONFIGS = {
    "tiny": "configs/sam2.1/sam2.1_hiera_t.yaml",
    "small": "configs/sam2.1/sam2.1_hiera_s.yaml",
    "base_plus": "configs/sam2.1/sam2.1_hiera_b+.yaml",
    "large": "configs/sam2.1/sam2.1_hiera_l.yaml",
}


class Sam2Unavailable(RuntimeError):
    """SAM 2 cannot run here: the message says what is missing."""


def load_model(options: PropagatorOptions) -> Any:
    """The video predictor with the checkpoint's weights, in eval mode on its device. Raises Sam2Unavailable."""
    try:
        import sam2  # noqa: F401 - registers the package's configurations with Hydra
        import torch
        from hydra import compose
        from hydra.errors import HydraException
        from hydra.utils import instantiate
        from omegaconf import OmegaConf
    except ImportError as error:
        raise Sam2Unavailable(f"SAM 2 needs torch and the sam2 package ({error}): run `make torch`") from error
    if options.size not in CONFIGS:
        raise Sam2Unavailable(f"there is no SAM 2 of size {options.size!r}; known are {', '.join(CONFIGS)}")
    if not options.checkpoint:
        raise Sam2Unavailable("SAM 2 needs the path of a checkpoint (VIDGRAIN_SAM2_CHECKPOINT)")
    weights = read_weights(Path(options.checkpoint))
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    overrides = [
        "++model._target_=sam2.sam2_video_predictor.SAM2VideoPredictor",
        f"++model.image_size={options.image_size}",
        # A click on a picture that was tracked already must hold, not be tracked over.
        "++model.add_all_frames_to_correct_as_cond=true",
        "++model.max_cond_frames_in_attn=8",
        "++model.binarize_mask_from_pts_for_mem_enc=true",
        "++model.fill_hole_area=0",
        "++model.sam_mask_decoder_extra_args.dynamic_multimask_via_stability=true",
        "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_delta=0.05",
        "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_thresh=0.98",
        *options.overrides,
    ]
    try:
        config = compose(config_name=CONFIGS[options.size], overrides=overrides)
        OmegaConf.resolve(config)
        model = instantiate(config.model, _recursive_=True)
        model.load_state_dict(weights)
    except (HydraException, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise Sam2Unavailable(
            f"{options.checkpoint} is no SAM 2 checkpoint of size {options.size}: {reason}"
        ) from error
    return model.to(device).eval()


def read_weights(path: Path) -> dict[str, Any]:
    """Tensors by name from .safetensors, or from a .pt that holds nothing but tensors. Raises Sam2Unavailable.

    No code of a checkpoint is ever run: what is not plain tensors is refused.
    """
    from pickle import UnpicklingError  # what torch raises when it refuses a file; nothing is unpickled here

    import torch

    if not path.is_file():
        raise Sam2Unavailable(f"there is no checkpoint at {path}")
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return dict(load_file(path))
        except (SafetensorError, OSError) as error:
            raise Sam2Unavailable(f"{path} is no safetensors file: {error}") from error
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise Sam2Unavailable(f"{path} cannot be read as tensors only: {_first_line(error)}") from error
    weights = content.get("model", content) if isinstance(content, dict) else None
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise Sam2Unavailable(f"{path} does not hold tensors by name")
    return weights


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
