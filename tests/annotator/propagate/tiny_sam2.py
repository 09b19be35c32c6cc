"""A tiny SAM 2 with random weights, saved as a checkpoint that the real loader reads."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from annotator.propagate.protocol import PropagatorOptions

SIDE = 64
SHAPE = (
    "++model.image_encoder.trunk.embed_dim=16",
    "++model.image_encoder.trunk.num_heads=1",
    "++model.image_encoder.trunk.stages=[1,1,2,1]",
    "++model.image_encoder.trunk.global_att_blocks=[3]",
    "++model.image_encoder.trunk.window_spec=[8,4,4,2]",
    "++model.image_encoder.neck.backbone_channel_list=[128,64,32,16]",
    "++model.memory_attention.num_layers=1",
)


def options(checkpoint: Path) -> PropagatorOptions:
    """What opens the tiny network."""
    return PropagatorOptions(
        checkpoint=str(checkpoint), size="tiny", image_size=SIDE, device="cpu", overrides=SHAPE, work_side=192
    )


def write_checkpoint(path: Path) -> Path:
    """Saves the tiny network in the form of the published files: {"model": tensors by name}."""
    path.write_bytes(_checkpoint())
    return path


@cache
def _checkpoint() -> bytes:
    import sam2  # noqa: F401 - registers its configurations with Hydra
    import torch
    from hydra import compose
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    torch.set_num_threads(1)
    config = compose(config_name="configs/sam2.1/sam2.1_hiera_t.yaml", overrides=[f"++model.image_size={SIDE}", *SHAPE])
    OmegaConf.resolve(config)
    torch.manual_seed(0)
    model = instantiate(config.model, _recursive_=True)
    # A random network doubts that anything is there and so would draw no mask at all: this one is sure.
    last = model.sam_mask_decoder.pred_obj_score_head.layers[-1]
    torch.nn.init.constant_(last.bias, 4.0)
    buffer = BytesIO()
    torch.save({"model": model.state_dict()}, buffer)
    return buffer.getvalue()
