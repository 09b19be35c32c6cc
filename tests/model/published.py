"""The published sizes of Perception LM with random weights: for estimates (on no device) and for benchmarks."""

from __future__ import annotations

import torch

from model import plm
from model.attention import FOREST, register

TEXT = {
    "1b": (2048, 8192, 16, 32, True),
    "3b": (3072, 8192, 28, 24, True),
    "8b": (4096, 14336, 32, 32, False),
}
"""Width, inner width, layers, heads, and whether the head is the embedding."""
VISION = {"1b": ("large", 1024, 23), "3b": ("large", 1024, 23), "8b": ("gigantic", 1536, 47)}


def real_network(size: str, device: str = "meta", tokenizer: object = None) -> plm.Plm:
    """The shapes of a published size; on the device `meta` without memory for its weights."""
    plm.declare_torchvision_operators()
    from transformers import PerceptionLMConfig, PerceptionLMForConditionalGeneration

    width, inner, layers, heads, tied = TEXT[size]
    kind, vision_width, depth = VISION[size]
    config = PerceptionLMConfig(
        vision_config={
            "model_type": "timm_wrapper",
            "architecture": f"vit_pe_lang_{kind}_patch14_448.fb",
            "do_pooling": False,
            "model_args": {"embed_dim": vision_width, "depth": depth, "img_size": [448, 448], "global_pool": ""},
        },
        text_config={
            "model_type": "llama",
            "vocab_size": 128_256,
            "hidden_size": width,
            "intermediate_size": inner,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": 8,
            "max_position_embeddings": 16_384,
            "tie_word_embeddings": tied,
        },
        vision_use_cls_token=size != "8b",
        projector_pooling_ratio=2,
        image_token_id=128_002,
        video_token_id=128_003,
    )
    with torch.device(device):
        network = PerceptionLMForConditionalGeneration(config)
    network.tie_weights()
    register()
    network.model.language_model.set_attn_implementation(FOREST)
    return plm.Plm(network, tokenizer, 448, 14, 256, 128_003, 128_002)
