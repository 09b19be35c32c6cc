"""SAM 2's network from its configuration and a checkpoint of plain tensors. torch is imported inside functions only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotator.propagate.protocol import PropagatorOptions

CONFIGS = {
    "tiny": "configs/sam2.1/sam2.1_hiera_t.yaml",
    "small": "configs/sam2.1/sam2.1_hiera_s.yaml",
    "base_plus": "configs/sam2.1/sam2.1_hiera_b+.yaml",
    "large": "configs/sam2.1/sam2.1_hiera_l.yaml",
}

IMAGE_SIZES = (1024, 512, 256)
"""Sides of the square that the network sees; the weights fit all of them."""
_FORMS = {(96, 12): "tiny", (96, 16): "small", (112, 24): "base_plus", (144, 48): "large"}
"""Channels of the first layer and number of blocks of the published networks."""


class Sam2Unavailable(RuntimeError):
    """SAM 2 cannot run here: the message says what is missing."""


def load_model(options: PropagatorOptions) -> Any:
    """The video predictor with the checkpoint's weights, in eval mode on its device. Raises Sam2Unavailable."""
    try:
        import sam2  # noqa: F401 - registers the package's configurations with Hydra
        import torch
        from hydra.errors import HydraException
    except ImportError as error:
        raise Sam2Unavailable(f"SAM 2 needs torch and the sam2 package ({error}): run `make torch`") from error
    if options.size not in CONFIGS:
        known = ", ".join(CONFIGS)
        raise Sam2Unavailable(f"there is no SAM 2 of size {options.size!r} (VIDGRAIN_SAM2_CONFIG); known are {known}")
    if options.image_size not in IMAGE_SIZES and not options.overrides:
        known = ", ".join(map(str, IMAGE_SIZES))
        raise Sam2Unavailable(f"the image size {options.image_size} (VIDGRAIN_SAM2_IMAGE_SIZE) is none of {known}")
    if not options.checkpoint:
        raise Sam2Unavailable("SAM 2 needs the path of a checkpoint (VIDGRAIN_SAM2_CHECKPOINT)")
    device = device_of(options.device)
    weights = read_weights(Path(options.checkpoint))
    _check_size(weights, options)
    try:
        model = build(options)
        model.load_state_dict(weights)
    except (HydraException, RuntimeError) as error:
        raise Sam2Unavailable(
            f"{options.checkpoint} (VIDGRAIN_SAM2_CHECKPOINT) is no SAM 2.1 checkpoint of size {options.size} "
            f"(VIDGRAIN_SAM2_CONFIG): {_reason(error)}"
        ) from error
    for name, value in weights.items():
        if not bool(torch.isfinite(value).all()):
            raise Sam2Unavailable(f"{options.checkpoint} (VIDGRAIN_SAM2_CHECKPOINT) is damaged: {name} is not finite")
    return model.to(device).eval()


def build(options: PropagatorOptions) -> Any:
    """The video predictor of a size, without weights of a checkpoint, on torch's default device."""
    import sam2  # noqa: F401 - registers the package's configurations with Hydra
    from hydra import compose
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    kind = "SAM2VideoPredictorVOS" if options.compiled else "SAM2VideoPredictor"
    overrides = [
        f"++model._target_=sam2.sam2_video_predictor.{kind}",
        f"++model.compile_image_encoder={str(options.compiled).lower()}",
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
    config = compose(config_name=CONFIGS[options.size], overrides=overrides)
    OmegaConf.resolve(config)
    return instantiate(config.model, _recursive_=True)


def device_of(name: str) -> str:
    """`auto` decided; a name that torch knows here. Raises Sam2Unavailable."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise Sam2Unavailable(f"there is no device {name!r} here (VIDGRAIN_DEVICE): {_first_line(error)}") from error
    return name


def size_of(weights: Mapping[str, Any]) -> str | None:
    """Which of the four sizes has weights of this form; None for another network."""
    first = weights.get("image_encoder.trunk.patch_embed.proj.weight")
    blocks = {name.split(".")[3] for name in weights if name.startswith("image_encoder.trunk.blocks.")}
    return _FORMS.get((int(first.shape[0]), len(blocks))) if first is not None else None


def fingerprint_of(model: Any, options: PropagatorOptions) -> str:
    """Equal for networks that give equal masks: SHA-256 of settings, shapes and a sample of every tensor's bytes."""
    import torch

    digest = hashlib.sha256(repr((options.size, options.image_size, options.overrides)).encode())
    for name, value in model.state_dict().items():
        flat = value.detach().flatten()
        sample = flat[:: max(1, flat.numel() // 64)].to("cpu", torch.float32).contiguous()
        digest.update(repr((name, tuple(value.shape))).encode())
        digest.update(sample.numpy().tobytes())
    return digest.hexdigest()


def _check_size(weights: Mapping[str, Any], options: PropagatorOptions) -> None:
    found = size_of(weights)
    if found is not None and found != options.size and not options.overrides:
        raise Sam2Unavailable(
            f"{options.checkpoint} (VIDGRAIN_SAM2_CHECKPOINT) holds SAM 2 of size {found}, the setting says "
            f"{options.size}: set VIDGRAIN_SAM2_CONFIG={found} or name another checkpoint"
        )
    if found is not None and "no_obj_embed_spatial" not in weights:
        raise Sam2Unavailable(
            f"{options.checkpoint} (VIDGRAIN_SAM2_CHECKPOINT) is of SAM 2.0: a checkpoint of SAM 2.1 is needed"
        )


def read_weights(path: Path) -> dict[str, Any]:
    """Tensors by name from .safetensors, or from a .pt that holds nothing but tensors. Raises Sam2Unavailable.

    No code of a checkpoint is ever run: what is not plain tensors is refused.
    """
    from pickle import UnpicklingError  # what torch raises when it refuses a file; nothing is unpickled here

    import torch

    if not path.is_file():
        raise Sam2Unavailable(f"there is no checkpoint at {path} (VIDGRAIN_SAM2_CHECKPOINT)")
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return dict(load_file(path))
        except (SafetensorError, OSError) as error:
            raise Sam2Unavailable(f"{path} (VIDGRAIN_SAM2_CHECKPOINT) is no safetensors file: {error}") from error
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise Sam2Unavailable(
            f"{path} (VIDGRAIN_SAM2_CHECKPOINT) cannot be read as tensors only: {_first_line(error)}"
        ) from error
    weights = content.get("model", content) if isinstance(content, dict) else None
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise Sam2Unavailable(f"{path} (VIDGRAIN_SAM2_CHECKPOINT) does not hold tensors by name")
    return weights


def _reason(error: Exception) -> str:
    """What torch or Hydra complains of, without the heading that says who complains."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 and lines[0].endswith(":") else _first_line(error)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
