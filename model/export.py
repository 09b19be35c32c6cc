"""What a finished run hands on: a transformers folder, and the PEFT adapter where one was trained."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError

from model import plm
from model.adapters import merge, save_adapter
from model.checkpoint import trained
from model.config import TrainConfig
from model.distributed import World, whole
from model.plm import CheckpointError, Plm


def export(found: Plm, config: TrainConfig, out: Path, ranks: World, base: Callable[[], Plm]) -> Path:
    """Write out/export (and out/adapter), replacing older ones only when the new ones are complete.

    `base` gives the network that the training began with, once more and in fp32: what was trained is put or added into
    that, so that nothing frozen of the export went through low precision. Every rank must call it. CheckpointError.
    """
    tensors = {name: whole(parameter) for name, parameter in trained(found).items()}
    if ranks.leads:
        if config.adapter is None:
            _replace(out / "export", lambda folder: plm.save(_with(base(), tensors), folder))
        else:
            _replace(out / "adapter", lambda folder: _adapter(found, tensors, folder))
            _replace(out / "export", lambda folder: plm.save(_merged(base(), out / "adapter"), folder))
    ranks.wait_for_all()
    return out / "export"


def _with(base: Plm, tensors: Mapping[str, torch.Tensor]) -> Plm:
    """`base` with some of its weights replaced; CheckpointError when it has none of that name."""
    told = base.network.load_state_dict(dict(tensors), strict=False)  # what was frozen is not among them
    if told.unexpected_keys:
        raise CheckpointError(f"export: the network that the run began with has no {told.unexpected_keys[0]}")
    return base


def _adapter(found: Plm, tensors: Mapping[str, torch.Tensor], folder: Path) -> None:
    save_adapter(folder, found.network, tensors)
    found.tokenizer.save_pretrained(folder)


def _merged(base: Plm, adapter: Path) -> Plm:
    merge(base.network, adapter)
    return base


def _replace(target: Path, write: Callable[[Path], None]) -> None:
    """Write beside `target` and take its place. CheckpointError on a full disk: the old one stays, if there was one."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        write(partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{target}: cannot be written ({error}); the same command writes it again") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
