"""Arithmetic of a training step as it has to be done: vision counted, padding not, each branch by what it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model.data.packing import PackedBatch, Tree


@dataclass(frozen=True)
class Arithmetic:
    """The sizes of a network that its arithmetic follows from."""

    vision_weights: int
    vision_layers: int
    vision_width: int
    patches: int
    """Tokens of a picture inside the vision encoder."""
    text_weights: int
    """Of the language model's layers: no embedding, no head."""
    text_layers: int
    text_width: int
    vocabulary: int

    @classmethod
    def of(cls, network: Any) -> Arithmetic:
        """The sizes of a PerceptionLMForConditionalGeneration."""
        tower, text = network.model.vision_tower.timm_model, network.model.language_model
        return cls(
            vision_weights=_weights(tower.blocks),
            vision_layers=len(tower.blocks),
            vision_width=tower.embed_dim,
            patches=tower.patch_embed.num_patches,
            text_weights=_weights(text.layers),
            text_layers=len(text.layers),
            text_width=text.config.hidden_size,
            vocabulary=network.lm_head.out_features,
        )

    def picture(self) -> float:
        """Floating-point operations of one picture, forward: encoder and projector."""
        encoder = 2 * self.vision_weights * self.patches + 4 * self.vision_layers * self.patches**2 * self.vision_width
        projector = 2 * (self.vision_width * self.text_width + self.text_width**2) * self.patches
        return float(encoder + projector)

    def text(self, trees: list[Tree], labels: int) -> float:
        """Floating-point operations of the language model over some trees, forward, with the head at the labels."""
        tokens = sum(tree.trunk + sum(tree.branches) for tree in trees)
        seen = sum(tree.trunk**2 / 2 + sum(b * tree.trunk + b * b / 2 for b in tree.branches) for tree in trees)
        attention = 4 * self.text_layers * self.text_width * seen
        return 2 * self.text_weights * tokens + attention + 2 * self.vocabulary * self.text_width * labels

    def training(self, batch: PackedBatch) -> float:
        """Of a packed batch, forward and backward, when everything trains: three times its forward pass."""
        if batch.trees is None:
            raise ValueError("padded rows do not say how much of them is padding")
        shown = self.picture() * sum(map(len, batch.pictures))
        return 3 * (shown + self.text(list(batch.trees), batch.labels))


def _weights(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.ndim > 1)
