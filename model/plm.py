"""The network: transformers' PerceptionLM, loaded from a checkpoint or built tiny and random."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from model import attention
from model.config import ModelConfig, Part, TinyShape
from model.tokenizer import build_tokenizer

TINY_ARCHITECTURE: Final = "vit_pe_lang_large_patch14_448.fb"
"""PE-L/14, the vision encoder of PLM-1B and 3B; the tiny network narrows and shortens it."""

_PARTS: Final[dict[Part, str]] = {
    "vision": "model.vision_tower.",
    "projector": "model.multi_modal_projector.",
    "text": "model.language_model.",
}

_TORCHVISION_OPERATORS: Final = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


class CheckpointError(Exception):
    """A folder or hub name does not hold a PerceptionLM that can be loaded safely."""


@dataclass(frozen=True)
class Plm:
    """A network with its tokenizer and the facts that the data needs to know about it."""

    network: Any
    """PerceptionLMForConditionalGeneration."""
    tokenizer: Any
    image_size: int
    patch_size: int
    tokens_per_frame: int
    video_token_id: int
    image_token_id: int

    @property
    def pad_id(self) -> int:
        """What fills short rows; it is masked, so any token does where the tokenizer names none."""
        pad = self.tokenizer.pad_token_id
        return int(self.tokenizer.eos_token_id if pad is None else pad)


def declare_torchvision_operators() -> None:
    """Let torchvision (which timm imports) be imported where its compiled operators do not fit the torch installed.

    Beside a CPU torch the CUDA wheel's library cannot be loaded, and the import then fails on two missing operators.
    Declared without a body they satisfy the look-up; where the library loads, nothing is declared.
    """
    found = importlib.util.find_spec("torchvision")
    for library in Path(found.origin).parent.glob("_C*.so") if found and found.origin else ():
        with contextlib.suppress(OSError):
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]  # torch has no types here
    for name, schema in _TORCHVISION_OPERATORS.items():
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", schema)


def import_torchao_quietly() -> None:
    """Import torchao, where it is there, before peft or ourselves do.

    Its compiled kernels are for CUDA. Beside a CPU torch they cannot be loaded, are not used, and it warns of each.
    """
    if torch.version.cuda is not None or importlib.util.find_spec("torchao") is None:
        return
    log = logging.getLogger("torchao")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with contextlib.suppress(ImportError):  # whoever needs it says so
            importlib.import_module("torchao")
    finally:
        log.setLevel(before)


def build(config: ModelConfig, texts: Iterable[str], seed: int) -> Plm:
    """The network of a recipe. `texts` (the release's own) build the tokenizer of a tiny one and are else unused."""
    if config.checkpoint is not None:
        return load(config.checkpoint)
    if config.tiny is None:
        raise CheckpointError("the recipe names neither a checkpoint nor a tiny network")
    return build_tiny(config.tiny, build_tokenizer(texts, config.tiny.vocabulary), seed)


def build_tiny(shape: TinyShape, tokenizer: Any, seed: int) -> Plm:
    """A random network of the given shape; the same seed gives the same weights."""
    declare_torchvision_operators()
    from transformers import PerceptionLMConfig, PerceptionLMForConditionalGeneration
    from transformers.utils import logging

    logging.disable_progress_bar()
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in ("<|image|>", "<|video|>")}
    patches = shape.image_size // 14
    config = PerceptionLMConfig(
        vision_config={
            "model_type": "timm_wrapper",
            "architecture": TINY_ARCHITECTURE,
            "do_pooling": False,
            "model_args": {
                "embed_dim": shape.vision_width,
                "depth": shape.vision_depth,
                "num_heads": shape.vision_heads,
                "img_size": [shape.image_size, shape.image_size],
                "ref_feat_shape": [patches, patches],
                "global_pool": "",
            },
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": shape.text_width,
            "intermediate_size": 2 * shape.text_width,
            "num_hidden_layers": shape.text_depth,
            "num_attention_heads": shape.text_heads,
            "num_key_value_heads": shape.text_kv_heads,
            "max_position_embeddings": shape.max_positions,
            "tie_word_embeddings": True,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_use_cls_token=True,
        projector_pooling_ratio=2,
        image_token_id=ids["<|image|>"],
        video_token_id=ids["<|video|>"],
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = PerceptionLMForConditionalGeneration(config)
    return _described(network, tokenizer)


def load(checkpoint: str | Path) -> Plm:
    """A PerceptionLM in transformers' form, from a folder or the hub, safetensors only, weights as fp32 masters."""
    declare_torchvision_operators()
    from transformers import AutoTokenizer, PerceptionLMForConditionalGeneration
    from transformers.utils import logging

    logging.disable_progress_bar()  # a run tells its progress through status.json
    try:
        network = PerceptionLMForConditionalGeneration.from_pretrained(
            str(checkpoint), use_safetensors=True, dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(str(checkpoint))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{checkpoint}: no PerceptionLM checkpoint that can be loaded ({error})") from error
    return _described(network, tokenizer)


def save(plm: Plm, folder: Path) -> None:
    """Write a folder that transformers' `from_pretrained` loads: network, tokenizer and processor settings."""
    plm.network.save_pretrained(folder)
    plm.tokenizer.save_pretrained(folder)
    size = {"height": plm.image_size, "width": plm.image_size}
    pictures = {
        "do_resize": True,
        "do_rescale": True,
        "do_normalize": True,
        "do_convert_rgb": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": size,
    }
    image = {"image_processor_type": "PerceptionLMImageProcessor", "tile_size": plm.image_size}
    processor = {
        "processor_class": "PerceptionLMProcessor",
        "patch_size": plm.patch_size,
        "pooling_ratio": plm.network.config.projector_pooling_ratio,
        "image_processor": {**pictures, **image},
        "video_processor": {**pictures, "video_processor_type": "PerceptionLMVideoProcessor"},
    }
    (folder / "processor_config.json").write_text(json.dumps(processor, indent=2) + "\n", encoding="utf-8")


def freeze_except(plm: Plm, trains: Iterable[Part]) -> None:
    """Only the named parts get gradients; a language-model head that is not tied belongs to the text."""
    wanted = tuple(_PARTS[part] for part in trains)
    for name, parameter in plm.network.named_parameters():
        parameter.requires_grad_(name.replace("lm_head.", _PARTS["text"]).startswith(wanted))


def normalise(frames: torch.Tensor) -> torch.Tensor:
    """uint8[..., H, W, 3] -> float32[..., 3, H, W] in -1 to 1, on the device where the frames are."""
    return frames.movedim(-1, -3).to(torch.float32).div_(255).sub_(0.5).div_(0.5)


def _described(network: Any, tokenizer: Any) -> Plm:
    attention.register()
    network.model.language_model.set_attn_implementation(attention.FOREST)
    config = network.config
    patches = network.model.vision_tower.timm_model.patch_embed
    rows, columns = (int(side) // config.projector_pooling_ratio for side in patches.grid_size)
    return Plm(
        network=network,
        tokenizer=tokenizer,
        image_size=int(patches.img_size[0]),
        patch_size=int(patches.patch_size[0]),
        tokens_per_frame=rows * columns,
        video_token_id=int(config.video_token_id),
        image_token_id=int(config.image_token_id),
    )
