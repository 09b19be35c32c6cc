"""The loss of next-token prediction over packed samples, with the head computed only where there is a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from model.attention import Forest, mask_argument
from model.data.packing import PackedBatch
from model.plm import normalise

HEAD_LABELS: Final = 256
"""Labels whose logits are held at once: 128,256 of them in fp32 take 131 MB."""


@dataclass(frozen=True)
class SampleLosses:
    """Summed loss (fp32, with gradient) and number of labels of each sample: [B] each.

    The sum of a sample is minus the log-probability of its answer.
    """

    sums: torch.Tensor
    counts: torch.Tensor


class PackedPlm(nn.Module):
    """A PerceptionLM that reads packed batches; transformers' own modules, composed.

    A module and no function, so that what wraps modules (compile, FSDP2, DDP) finds one forward around everything.
    """

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: PackedBatch) -> SampleLosses:
        """Cross entropy of each sample. Without any label the sums are zeros that still reach every weight."""
        hidden = self.hidden(batch).flatten(0, 1)
        known = hidden[batch.label_places]
        parts = zip(torch.split(known, HEAD_LABELS), torch.split(batch.label_targets, HEAD_LABELS), strict=True)
        losses = torch.cat([self._head(part, targets) for part, targets in parts])
        shape = (len(batch.samples),)
        sums = torch.zeros(shape, dtype=losses.dtype, device=losses.device).index_add(0, batch.label_samples, losses)
        if not batch.labels:
            sums = sums + 0 * hidden.float().sum()
        return SampleLosses(sums=sums, counts=torch.bincount(batch.label_samples, minlength=len(batch.samples)))

    def hidden(self, batch: PackedBatch) -> torch.Tensor:
        """The language model's last hidden state of every token: [R, S, width]."""
        inner = self.network.model
        embedded = inner.get_input_embeddings()(batch.ids)
        features = self._features(batch, embedded)
        embedded = embedded.flatten(0, 1).index_copy(0, batch.picture_places, features).view_as(embedded)
        found: torch.Tensor = inner.language_model(
            inputs_embeds=embedded,
            position_ids=batch.positions,
            attention_mask=mask_argument(batch.trees, batch.ids.shape[1], embedded.device),
            forest=None if batch.trees is None else Forest(batch.trees),
            causal_rows=batch.trees is None,
            use_cache=False,
        ).last_hidden_state
        return found

    def _features(self, batch: PackedBatch, embedded: torch.Tensor) -> torch.Tensor:
        """What stands at `picture_places`: [places, width].

        A batch of texts alone still sends one black picture through the encoder and keeps nothing of it, because ranks
        that share the encoder's weights, or add up its gradients, wait for each other there.
        """
        inner = self.network.model
        size = inner.vision_tower.timm_model.patch_embed.img_size
        black = torch.zeros((1, *size, 3), dtype=torch.uint8, device=embedded.device)
        pictures = normalise(torch.cat(batch.pictures) if batch.pictures else black)
        shown = inner.get_image_features(pictures.unsqueeze(0)).pooler_output.reshape(-1, embedded.shape[-1])
        return cast(torch.Tensor, shown if batch.pictures else shown[:0]).to(embedded.dtype)

    def _head(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Loss of each label. Its logits are computed again for the gradient, not kept."""
        found: torch.Tensor = checkpoint(self._cross_entropy, hidden, targets, use_reentrant=False)
        return found

    def _cross_entropy(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits = self.network.lm_head(hidden)
        return F.cross_entropy(logits.to(torch.promote_types(logits.dtype, torch.float32)), targets, reduction="none")
