"""What a run is and what a recipe decides: typed, frozen, refused when a name is misspelt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.data.conversations import SAMPLED_FRAMES, TASKS, TaskName

Part = Literal["vision", "projector", "text"]


class ConfigError(Exception):
    """A run or an override cannot be understood. The message names the field."""


class Frozen(BaseModel):
    """Base of all configuration: immutable, and unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Run(Frozen):
    """One training, as its starter describes it in run.json."""

    release: Path
    recipe: str
    out: Path
    overrides: dict[str, Any] = Field(default_factory=dict)
    run_id: str = ""
    release_sha256: str = ""
    code_version: str = ""


class TinyShape(Frozen):
    """A randomly initialised PerceptionLM small enough for a CPU, with the layers of the real one."""

    vocabulary: int = Field(default=1024, ge=300)
    image_size: int = 56
    vision_width: int = 64
    vision_depth: int = 2
    vision_heads: int = 2
    text_width: int = 128
    text_depth: int = 2
    text_heads: int = 4
    text_kv_heads: int = 2
    max_positions: int = 8192


class ModelConfig(Frozen):
    """Where the weights come from: a transformers checkpoint (folder or hub name), or a tiny random network."""

    checkpoint: str | None = None
    tiny: TinyShape | None = None

    @model_validator(mode="after")
    def one_origin(self) -> Self:
        """Exactly one of the two."""
        if (self.checkpoint is None) == (self.tiny is None):
            raise ValueError("give either `checkpoint` or `tiny`")
        return self


class DataConfig(Frozen):
    """Which samples are taken and how."""

    tasks: tuple[TaskName, ...] = TASKS
    frames: int = Field(default=SAMPLED_FRAMES, ge=1, le=SAMPLED_FRAMES)
    max_tokens: int = Field(default=11_520, ge=64)
    max_reject_share: float = Field(default=0.02, ge=0, le=1)
    decode_all_first: bool = False
    """Decode every clip before the first step; otherwise a broken one is counted when its turn comes."""
    cache_mb: int = Field(default=1024, ge=0)
    decode_threads: int = Field(default=8, ge=1)
    batches_ahead: int = Field(default=2, ge=1)


class OptimizerConfig(Frozen):
    """AdamW with a cosine schedule after a linear warm-up."""

    lr: float = Field(gt=0)
    min_lr_ratio: float = Field(default=0.01, ge=0, le=1)
    warmup_steps: int = Field(default=120, ge=0)
    weight_decay: float = Field(default=0.01, ge=0)
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-8
    clip: float = Field(default=1.0, gt=0)


class TrainConfig(Frozen):
    """Everything a training needs to know beside its release; saved as config.json beside the checkpoints."""

    recipe: str
    model: ModelConfig
    data: DataConfig = DataConfig()
    optimizer: OptimizerConfig
    trains: tuple[Part, ...] = ("vision", "projector", "text")
    steps: int | None = Field(default=None, ge=1)
    """Optimizer steps; None means `epochs` over the release."""
    epochs: float = Field(default=1.0, gt=0)
    batch_samples: int = Field(ge=1)
    micro_samples: int = Field(default=1, ge=1)
    """Samples in one forward pass; the batch is accumulated from them."""
    precision: Literal["fp32", "bf16"] = "bf16"
    gradient_checkpointing: bool = True
    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: int = 0
    checkpoint_every: int = Field(default=200, ge=1)
    keep_checkpoints: int = Field(default=3, ge=1)
    validate_every: int = Field(default=100, ge=1)
    validation_samples: int = Field(default=64, ge=0)
    """Samples of the held-out split whose loss is reported. Nothing is chosen by it. 0 switches it off."""


def read_run(path: Path) -> Run:
    """The run described by a run.json; ConfigError when it cannot be read or understood."""
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from error


def override(config: TrainConfig, changes: Mapping[str, Any]) -> TrainConfig:
    """`config` with some fields replaced: `{"steps": 5, "optimizer.lr": 1e-3}`. ConfigError names an unknown field."""
    resolved = config.model_dump(mode="json")
    for dotted, value in changes.items():
        *folders, name = dotted.split(".")
        place = resolved
        for folder in folders:
            place = place.get(folder) if isinstance(place, dict) else None  # type: ignore[assignment]
        if not isinstance(place, dict) or name not in place:
            raise ConfigError(f"override {dotted!r}: recipe {config.recipe} has no such field")
        if isinstance(value, Mapping) and isinstance(place[name], dict):
            place[name] = {**place[name], **value}
        else:
            place[name] = value
    try:
        return TrainConfig.model_validate(resolved)
    except ValidationError as error:
        raise ConfigError(f"overrides of recipe {config.recipe}: {_first_problem(error)}") from error


def resolved_json(run: Run, config: TrainConfig, release_sha256: str) -> str:
    """The whole configuration of a run as it is written beside its checkpoints."""
    content = {
        "run_id": run.run_id,
        "release": str(run.release),
        "release_sha256": release_sha256,
        "code_version": run.code_version,
        "overrides": run.overrides,
        "config": config.model_dump(mode="json"),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field}: {problem['msg']}" if field else str(problem["msg"])
