"""Greedy answers with a key-value cache: a clip is read once for all that is asked about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import torch

from model.data.frames import Frames
from model.data.pictures import Pictures
from model.data.tokens import ChatEncoder
from model.evaluate.benchmark import Item
from model.plm import Plm, normalise


@dataclass(frozen=True)
class _Question:
    """An item as ids: what depends on the clip alone, and the rest of the prompt."""

    number: int
    item: Item
    trunk: tuple[int, ...]
    rest: tuple[int, ...]


@torch.no_grad()
def answer(
    plm: Plm,
    items: Sequence[Item],
    pictures: Pictures,
    *,
    batch: int,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    everywhere: Callable[[bool], bool] = bool,
) -> list[str]:
    """The answer to each item, in their order, at most `batch` computed at once; `on_progress(done, total)` after each.

    Items of one clip stand together, so that it is decoded and encoded once, while the clips before it are answered
    about. Raises ClipError when a clip cannot be decoded: an unseen clip is no wrong answer. Ranks that gather each
    other's weights must leave the loop of tokens together: `everywhere` says whether all of them could.
    """
    encoder = ChatEncoder(plm.tokenizer, plm.video_token_id)
    plm.network.eval()
    answers = [""] * len(items)
    waiting = _groups(plm, encoder, items, pictures, batch)
    group, done, shown = next(waiting, None), 0, dict[str, Future[Frames]]()
    while group is not None:
        following = next(waiting, None)
        near = {question.item.sample.clip_key: question.item.sample for question in (*group, *(following or ()))}
        shown = {key: shown.get(key) or pictures.ahead(sample) for key, sample in near.items()}
        for question, ids in zip(group, _generate(plm, encoder, group, shown, everywhere), strict=True):
            answers[question.number] = encoder.decode(ids[: question.item.max_new_tokens])
        done += len(group)
        on_progress(done, len(items))
        group = following
    return answers


def _groups(
    plm: Plm, encoder: ChatEncoder, items: Sequence[Item], pictures: Pictures, batch: int
) -> Iterator[list[_Question]]:
    """Questions to be answered together: behind trunks of one length, siblings next to each other."""
    open_group: list[_Question] = []
    for number in sorted(range(len(items)), key=lambda number: items[number].sample.clip_key):
        item = items[number]
        ids = encoder.prompt(item.prompt, sum(pictures.counts(item.sample)) * plm.tokens_per_frame)
        fork = max((place + 1 for place, token in enumerate(ids) if token == plm.video_token_id), default=1)
        question = _Question(number, item, tuple(ids[:fork]), tuple(ids[fork:]))
        if open_group and (len(open_group) == batch or len(open_group[0].trunk) != fork):
            yield open_group
            open_group = []
        open_group.append(question)
    if open_group:
        yield open_group


def _generate(
    plm: Plm,
    encoder: ChatEncoder,
    group: Sequence[_Question],
    shown: Mapping[str, Future[Frames]],
    everywhere: Callable[[bool], bool],
) -> list[list[int]]:
    """The new ids of each question up to and without its end."""
    text = plm.network.model.language_model
    device = plm.network.device
    cache = _read_clips(plm, group, shown)
    trunk = len(group[0].trunk)
    # Padded between the clip and the question, so that every row's answer begins at the same place.
    width = max(len(question.rest) for question in group)
    gaps = torch.tensor([width - len(question.rest) for question in group], device=device)
    ids = torch.tensor([[plm.pad_id] * (width - len(q.rest)) + list(q.rest) for q in group], device=device)
    places = torch.arange(width, device=device)
    seen = torch.cat([torch.ones((len(group), trunk), device=device), (places >= gaps[:, None]).float()], dim=1).long()
    positions = (trunk + places - gaps[:, None]).clamp(min=0)
    found: list[list[int]] = [[] for _ in group]
    ended = [False] * len(group)
    for _ in range(max(question.item.max_new_tokens for question in group)):
        hidden = text(
            input_ids=ids, attention_mask=seen, position_ids=positions, past_key_values=cache, use_cache=True
        ).last_hidden_state[:, -1]
        following = plm.network.lm_head(hidden).argmax(dim=-1)
        for row, token in enumerate(following.tolist()):
            ended[row] = ended[row] or token in (encoder.end_of_turn, encoder.end_of_text)
            if not ended[row]:
                found[row].append(token)
        if everywhere(all(ended)):
            break
        ids = following[:, None]
        positions = positions[:, -1:] + 1
        seen = torch.cat([seen, seen.new_ones((len(group), 1))], dim=1)
    return found


def _read_clips(plm: Plm, group: Sequence[_Question], shown: Mapping[str, Future[Frames]]) -> Any:
    """The cache behind the clips of a group, a row a question; each clip went through the network once."""
    from transformers import DynamicCache

    inner = plm.network.model
    cached: dict[str, Any] = {}
    for question in group:
        sample = question.item.sample
        if sample.clip_key not in cached:
            frames = torch.from_numpy(shown[sample.clip_key].result()).to(plm.network.device)
            ids = torch.tensor([question.trunk], device=plm.network.device)
            cached[sample.clip_key] = inner(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                pixel_values_videos=normalise(frames).unsqueeze(0),
                past_key_values=DynamicCache(config=plm.network.config.text_config),
                use_cache=True,
            ).past_key_values
    rows = [cached[question.item.sample.clip_key] for question in group]
    together = DynamicCache(config=plm.network.config.text_config)
    for number in range(len(rows[0].layers)):
        keys = torch.cat([row.layers[number].keys for row in rows])
        values = torch.cat([row.layers[number].values for row in rows])
        together.update(keys, values, number)
    return together
