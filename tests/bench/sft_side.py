"""One side of the training benchmarks in a process of its own: `python -m tests.bench.sft_side shape side` prints JSON.

All sides train the same random network on the same samples with AdamW and clipping, everything trained; pictures are
decoded beforehand, as uint8 (what decoding costs is `loader-wait`). Ours packs. The peers are transformers' own
Trainer, as it comes, with a collator that pads to the longest sample of a batch and normalises on the host:

- `peer` in batches of the size that suits it best: one long sample at a time, which pads nothing and needs no mask;
- `batched` in batches of two or more, as most people set it, whose padding transformers masks;
- `fixed` as the public trainer of Perception LM feeds its network: every sample filled up to 11,520 tokens, without a
  mask for what a causal network cannot see anyway.

Where there is a GPU, it is used: in bf16, with activations recomputed on all sides, on a published size.
"""

from __future__ import annotations

import json
import random
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import torch

from model import plm
from model.build import recompute_and_compile
from model.config import TinyShape
from model.data.conversations import SYSTEM_PROMPT
from model.data.packing import Example, Layout, pack
from model.data.plan import Measured, plan
from model.data.samples import Sample
from model.data.tokens import NO_LABEL, ChatEncoder
from model.flops import Arithmetic
from model.loss import PackedPlm
from model.recipes import resolve
from model.tokenizer import build_tokenizer
from tests.model.published import real_network

WORDS = "the red square waits left then right turns slowly around its own corner while a blue one passes behind it"
QUESTIONS = (3, 4)
"""Of one clip and the next: an FGQA clip has 3.1 on average, an STC masklet 4.2."""


@dataclass(frozen=True)
class Shape:
    """A network and its samples; a step takes those of `step_clips` clips."""

    network: TinyShape | str
    """Or a published size."""
    frames: int
    clips: int
    peer_batch: int
    """Samples that the peer computes at once: what suits it best."""
    batch_tokens: int
    step_clips: int
    usual_batch: int | None = None
    """Samples that `batched` computes at once. None: the shape is too short for it to matter."""
    vocabulary: int | None = None
    """Entries of the head, whatever the tokenizer has found in these few texts. None: as many as the tokenizer."""


SHAPES = {
    # The network of the smoke recipe: 128 tokens of pictures in a sample of about 300.
    "tiny": Shape(TinyShape(), frames=32, clips=24, peer_batch=7, batch_tokens=2048, step_clips=4),
    # The sequence of a real sample, 32 pictures of 256 tokens, narrow and short. The head over every position is a
    # tenth of a forward pass, as it is of PLM-1B's.
    "long": Shape(
        TinyShape(
            vocabulary=1024, image_size=448, vision_width=128, vision_heads=2, vision_depth=1,
            text_width=256, text_heads=4, text_kv_heads=2, text_depth=2, max_positions=16384,
        ),
        frames=32, clips=2, peer_batch=1, batch_tokens=16384, step_clips=2, usual_batch=2, vocabulary=3328,
    ),
    "1b": Shape("1b", frames=32, clips=8, peer_batch=1, batch_tokens=16384, step_clips=4, usual_batch=2),
    "3b": Shape("3b", frames=32, clips=8, peer_batch=1, batch_tokens=16384, step_clips=4, usual_batch=2),
}  # fmt: skip
FIXED_TOKENS = 11_520
"""The length of every sample of the published third stage."""


def main(shape_name: str, side: str) -> dict[str, float]:
    """Train over all samples once after a first step that is not counted; what it took."""
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    shape = SHAPES[shape_name]
    chance = random.Random(0)
    count = sum(QUESTIONS) * shape.clips // len(QUESTIONS)
    words = WORDS.split()
    texts = [" ".join(chance.choices(words, k=chance.randint(8, 40))) for _ in range(2 * count)]
    network = _network(shape, [SYSTEM_PROMPT, *texts], device)
    examples = _examples(shape, network, texts)
    arithmetic = Arithmetic.of(network.network)
    found: dict[str, float] = {
        "samples": len(examples),
        "sample_tokens": sum(len(one.tokens.ids) for one in examples),
        "peak_gflops": _matmul_rate(device) / 1e9,
    }
    step: Callable[[Sequence[Example]], float]
    match side:
        case "peer":
            step = _peer(network, shape, device, batch=shape.peer_batch)
        case "batched":
            step = _peer(network, shape, device, batch=shape.usual_batch or shape.peer_batch)
        case "fixed":
            step = _peer(network, shape, device, batch=shape.peer_batch, at_least=FIXED_TOKENS)
        case _:
            step = _ours(network, shape, side, device, arithmetic)  # type: ignore[arg-type]  # the command's word
    step(examples[: step_samples(shape)] if device.type == "cuda" else examples[:1])
    began, began_wall = _clock(device), perf_counter()
    computed = step(examples)
    found |= {"seconds": _clock(device) - began, "wall": perf_counter() - began_wall}
    alone = [pack([one], "separate", picture_ids=[network.video_token_id], pad_id=network.pad_id) for one in examples]
    return found | {"flops": computed or sum(map(arithmetic.training, alone)), "peak_mb": _peak_mb(device)}


def _clock(device: torch.device) -> float:
    """Seconds: of the processor, because others use it, too; of the wall for a GPU, which has nobody else."""
    if device.type == "cpu":
        return process_time()
    torch.cuda.synchronize(device)
    return perf_counter()


def _peak_mb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / (1 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _network(shape: Shape, texts: Sequence[str], device: torch.device) -> plm.Plm:
    if isinstance(shape.network, str):
        return real_network(shape.network, device.type, build_tokenizer(texts, 1024))
    network = plm.build_tiny(shape.network, build_tokenizer(texts, shape.network.vocabulary), seed=0)
    if shape.vocabulary is not None:
        network.network.resize_token_embeddings(shape.vocabulary, mean_resizing=False)
    network.network.to(device)
    return network


def _autocast(device: torch.device) -> AbstractContextManager[object]:
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()


def _examples(shape: Shape, network: plm.Plm, texts: Sequence[str]) -> list[Example]:
    encoder, found = ChatEncoder(network.tokenizer, network.video_token_id), []
    for clip in range(shape.clips):
        generator = torch.Generator().manual_seed(clip)
        size = (shape.frames, network.image_size, network.image_size, 3)
        frames = torch.randint(0, 256, size, dtype=torch.uint8, generator=generator)
        for number in range(QUESTIONS[clip % len(QUESTIONS)]):
            asked, answer = texts[2 * len(found) :][:2]
            sample = Sample(f"{clip}.{number}", "fgqa", Path(f"{clip}"), asked, answer, None, None, None, {})
            tokens = encoder.sample(asked, answer, shape.frames * network.tokens_per_frame)
            found.append(Example(sample, tokens, frames))
    return found


def _ours(
    network: plm.Plm, shape: Shape, layout: Layout, device: torch.device, arithmetic: Arithmetic
) -> Callable[[Sequence[Example]], float]:
    if device.type == "cuda":
        recompute_and_compile(network.network, resolve(f"plm_{shape.network}_sft"))
    module = PackedPlm(network.network.train())
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-4, fused=device.type == "cuda")

    def step(examples: Sequence[Example]) -> float:
        flops = 0.0
        for start in range(0, len(examples), step_samples(shape)):
            chosen = examples[start : start + step_samples(shape)]
            units = [
                [Measured(n, one.sample.clip_key, one.tokens.trunk, len(one.tokens.ids))]
                for n, one in enumerate(chosen)
            ]
            planned = plan(units, layout, budget=shape.batch_tokens, ranks=1)[0]
            labels = sum(label != NO_LABEL for one in chosen for label in one.tokens.labels)
            for indices in planned:
                group = [chosen[index] for index in indices]
                batch = pack(group, layout, picture_ids=[network.video_token_id], pad_id=network.pad_id)
                flops += arithmetic.training(batch)
                with _autocast(device):
                    loss = module(batch.to(device)).sums.sum()
                (loss / labels).backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return flops

    return step


def _peer(
    network: plm.Plm, shape: Shape, device: torch.device, *, batch: int, at_least: int = 0
) -> Callable[[Sequence[Example]], float]:
    from transformers import Trainer, TrainingArguments

    network.network.set_attn_implementation("sdpa")

    def collate(group: Sequence[Example]) -> dict[str, Any]:
        longest = max(at_least, *(len(one.tokens.ids) for one in group))

        def padded(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
            return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])

        inputs = {
            "input_ids": padded([one.tokens.ids for one in group], network.pad_id),
            "labels": padded([one.tokens.labels for one in group], NO_LABEL),
            "pixel_values_videos": torch.stack([plm.normalise(one.frames) for one in group]),
        }
        masked = {"attention_mask": padded([[1] * len(one.tokens.ids) for one in group], 0)}
        return inputs if at_least else inputs | masked

    def step(examples: Sequence[Example]) -> float:
        with TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                output_dir=folder,
                per_device_train_batch_size=batch,
                gradient_accumulation_steps=-(-step_samples(shape) // batch),
                num_train_epochs=1,
                learning_rate=1e-4,
                max_grad_norm=1.0,
                save_strategy="no",
                logging_strategy="no",
                report_to=[],
                use_cpu=device.type == "cpu",
                bf16=device.type == "cuda",
                gradient_checkpointing=device.type == "cuda",
                dataloader_num_workers=4 if device.type == "cuda" else 0,
                remove_unused_columns=False,
                disable_tqdm=True,
            )
            Trainer(model=network.network, args=arguments, train_dataset=list(examples), data_collator=collate).train()  # type: ignore[arg-type]  # a list is a dataset
        return 0.0

    return step


def step_samples(shape: Shape) -> int:
    """Samples of one optimizer step."""
    return sum(QUESTIONS) * shape.step_clips // len(QUESTIONS)


def _matmul_rate(device: torch.device) -> float:
    """Floating-point operations a second of a plain matrix product: on as many threads as the sides use, or in bf16."""
    side, kind = (8192, torch.bfloat16) if device.type == "cuda" else (1024, torch.float32)
    a, b = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    a @ b
    seconds = []
    for _ in range(5):
        began = _clock(device)
        a @ b
        seconds.append(_clock(device) - began)
    return float(2 * side**3 / min(seconds))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
