"""Opens a network to be asked: an exported folder or hub name, a PEFT adapter, or a checkpoint of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from model import plm
from model.adapters import ADAPTER_FILES, merge
from model.build import prepare, with_pooling
from model.checkpoint import POSITION, restore_weights
from model.config import TrainConfig
from model.plm import CheckpointError, Plm

TOKENIZER: Final = "tokenizer"
"""Where a run keeps its tokenizer, for its checkpoints."""


def open_network(place: Path) -> Plm:
    """The network in a folder (or of a hub name), in fp32 on the CPU. CheckpointError says what is missing."""
    if (place / POSITION).is_file():
        return _of_checkpoint(place)
    if (place / ADAPTER_FILES[0]).is_file():
        return _of_adapter(place)
    return plm.load(place)


def _of_adapter(place: Path) -> Plm:
    base = json.loads((place / ADAPTER_FILES[0]).read_text(encoding="utf-8")).get("base_model_name_or_path")
    if not base:
        raise CheckpointError(f"{place}: names no base_model_name_or_path; open the merged export/ beside it instead")
    found = plm.load(base)
    merge(found.network, place)
    return found


def _of_checkpoint(place: Path) -> Plm:
    run = place.parent.parent
    try:
        content = json.loads((run / "config.json").read_text(encoding="utf-8"))
        config = TrainConfig.model_validate(content["config"])
    except (OSError, ValueError, KeyError, ValidationError) as error:
        raise CheckpointError(f"{place}: needs the config.json of its run, in {run} ({error})") from error
    model = config.model
    if model.tiny is not None:
        from transformers import AutoTokenizer

        found = plm.build_tiny(model.tiny, AutoTokenizer.from_pretrained(str(run / TOKENIZER)), config.seed)
    else:
        found = plm.load(str(model.checkpoint))
    if model.pooling is not None:
        found = with_pooling(found, model.pooling)
    prepare(found, config.model_copy(update={"precision": "fp32"}))
    restore_weights(place, found)
    return found
