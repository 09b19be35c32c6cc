"""The loss of next-token prediction, with the head computed only where there is a label."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from model.data.tokens import NO_LABEL, Batch
from model.plm import Plm, normalise


@dataclass(frozen=True)
class SampleLosses:
    """Summed loss (fp32, with gradient) and number of labels of each sample: [B] each."""

    sums: torch.Tensor
    counts: torch.Tensor


def sample_losses(plm: Plm, batch: Batch) -> SampleLosses:
    """Cross entropy of each sample of a batch. The sum over all is what transformers' own loss averages."""
    targets = batch.labels[:, 1:]
    places = targets != NO_LABEL
    hidden = plm.network.model(
        input_ids=batch.ids,
        attention_mask=batch.attention,
        pixel_values_videos=normalise(batch.frames).unsqueeze(0),
        use_cache=False,
    ).last_hidden_state
    logits = plm.network.lm_head(hidden[:, :-1][places])
    losses = F.cross_entropy(logits.float(), targets[places], reduction="none")
    rows = places.nonzero()[:, 0]
    sums = torch.zeros(len(targets), dtype=torch.float32, device=losses.device).index_add(0, rows, losses)
    return SampleLosses(sums=sums, counts=places.sum(dim=1))
