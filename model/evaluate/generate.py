"""Greedy answers of a network to items: one clip and prompt at a time, or several of equal budget at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from model.data.samples import Clips
from model.data.tokens import ChatEncoder
from model.evaluate.benchmark import Item
from model.plm import Plm, normalise


@torch.inference_mode()
def answer(
    plm: Plm,
    items: Sequence[Item],
    clips: Clips,
    *,
    batch: int,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[str]:
    """The answer to each item, decoded greedily with a key-value cache; `on_progress(done, total)` after each batch.

    Raises ClipError when a clip cannot be decoded: an unseen clip is no wrong answer.
    """
    encoder = ChatEncoder(plm.tokenizer, plm.video_token_id)
    network = plm.network.eval()
    answers: list[str] = []
    for start in range(0, len(items), batch):
        group = items[start : start + batch]
        frames = [torch.from_numpy(clips.frames(item.sample)) for item in group]
        prompts = [
            encoder.prompt(item.prompt, len(clip) * plm.tokens_per_frame)
            for item, clip in zip(group, frames, strict=True)
        ]
        length = max(map(len, prompts))
        # Padded on the left, so that every row's answer begins at the same place.
        ids = torch.tensor([[plm.pad_id] * (length - len(row)) + row for row in prompts])
        mask = torch.tensor([[0] * (length - len(row)) + [1] * len(row) for row in prompts])
        out = network.generate(
            input_ids=ids.to(network.device),
            attention_mask=mask.to(network.device),
            pixel_values_videos=normalise(torch.cat(frames).to(network.device)).unsqueeze(0),
            max_new_tokens=max(item.max_new_tokens for item in group),
            do_sample=False,
            eos_token_id=[encoder.end_of_turn, encoder.end_of_text],
            pad_token_id=plm.pad_id,
        )
        for item, row in zip(group, out[:, length:].tolist(), strict=True):
            answers.append(encoder.decode(row[: item.max_new_tokens]))
        on_progress(len(answers), len(items))
    return answers
