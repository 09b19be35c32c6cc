"""What a run is and what a recipe decides: typed, frozen, refused when a name is misspelt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.data.conversations import KINDS, SAMPLED_FRAMES, Kind

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

    vocabulary: int = Field(default=1024, ge=300, le=32_768)
    image_size: int = Field(default=56, ge=28, le=448, multiple_of=14)
    vision_width: int = Field(default=64, ge=8, le=1024)
    vision_depth: int = Field(default=2, ge=1, le=24)
    vision_heads: int = Field(default=2, ge=1, le=16)
    text_width: int = Field(default=128, ge=8, le=1024)
    text_depth: int = Field(default=2, ge=1, le=24)
    text_heads: int = Field(default=4, ge=1, le=16)
    text_kv_heads: int = Field(default=2, ge=1, le=16)
    max_positions: int = Field(default=8192, ge=64, le=131_072)


class ModelConfig(Frozen):
    """Where the weights come from: a transformers checkpoint (folder or hub name), or a tiny random network."""

    checkpoint: str | None = None
    tiny: TinyShape | None = None
    pooling: int | None = Field(default=None, ge=1, le=4)
    """Patches a side that become one token: 1 in the first stage, else 2. None: as the checkpoint says."""
    drop_path: float = Field(default=0.0, ge=0, lt=1)
    """Share of the vision encoder's residual branches that a training step leaves out, a sample at a time."""

    @model_validator(mode="after")
    def one_origin(self) -> Self:
        """Exactly one of the two."""
        if (self.checkpoint is None) == (self.tiny is None):
            raise ValueError("give either `checkpoint` or `tiny`")
        return self


class DataConfig(Frozen):
    """Which samples are taken and how."""

    tasks: tuple[Kind, ...] = KINDS
    frames: int = Field(default=SAMPLED_FRAMES, ge=1, le=SAMPLED_FRAMES)
    max_tokens: int = Field(default=11_520, ge=64)
    """A sample with more is left out and counted."""
    max_tiles: int = Field(default=36, ge=1)
    """Tiles of a picture sample, beside its thumbnail."""
    layout: Literal["shared", "separate", "padded"] = "shared"
    """shared: a clip once with all its questions; separate: one question each; padded: rows, as public trainers do."""
    vision_input: Literal["plain", "tiles"] = "tiles"
    """plain: a picture is one square; tiles: a thumbnail and the tiles of the largest canvas that fits."""
    text_format: Literal["chat", "answer_only"] = "chat"
    max_reject_share: float = Field(default=0.02, ge=0, le=1)
    decode_all_first: bool = False
    """Decode every clip before the first step; otherwise a broken one is counted when its turn comes."""
    batch_tokens: int = Field(default=12_288, ge=64)
    """Tokens of one forward pass, at most, unless a single sample has more. A step is accumulated from them."""
    weights: dict[Kind, float] = Field(default_factory=dict)
    """How often an epoch holds each sample of a task: 2 twice, 0.5 every other one; 1 unless named."""
    cache_folder: Path | None = None
    """Where decoded pictures are kept, for this run and later ones. None: they go with the run."""
    cache_mb: int = Field(default=65_536, ge=0)
    decode_processes: int = Field(default=8, ge=0)
    """Programs that decode ahead; 0: a thread of this one."""
    batches_ahead: int = Field(default=2, ge=1)
    """Steps whose pictures are decoded before they are needed."""


class OptimizerConfig(Frozen):
    """AdamW and its learning rate: a linear warm-up, then a cosine, or a plateau with a short decay (WSD)."""

    kind: Literal["adamw", "adamw_8bit"] = "adamw"
    """`adamw_8bit` holds both moments in a byte each (torchao): 6 bytes a weight less."""
    lr: float = Field(gt=0)
    schedule: Literal["cosine", "wsd"] = "cosine"
    min_lr_ratio: float = Field(default=0.01, ge=0, le=1)
    warmup_steps: int = Field(default=120, ge=0)
    decay_share: float = Field(default=0.2, gt=0, le=1)
    """WSD only: the last part of the steps, in which the rate falls linearly."""
    weight_decay: float = Field(default=0.01, ge=0)
    beta1: float = 0.9
    beta2: float = 0.95
    eps: float = 1e-8
    clip: float = Field(default=1.0, gt=0)


class AdapterConfig(Frozen):
    """Small matrices beside frozen weights: LoRA (arXiv 2106.09685) or DoRA (arXiv 2402.09353), on parts that train."""

    kind: Literal["lora", "dora"] = "lora"
    rank: int = Field(default=64, ge=1)
    alpha: int = Field(default=128, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    projector_in_full: bool = False
    """The projector trains as it is, without matrices: it is small and new to every domain."""


class BenchmarkConfig(Frozen):
    """Benchmarks that are answered and scored while the run trains. `every` counts steps; 0 switches them off."""

    every: int = Field(default=0, ge=0)
    names: tuple[str, ...] = ()
    """Names of `model.evaluate.registry`; none means all."""
    limit: int = Field(default=64, ge=1)
    """Items of each, at most."""
    batch: int = Field(default=4, ge=1)


class DpoConfig(Frozen):
    """Direct preference optimisation (arXiv 2305.18290)."""

    beta: float = Field(default=0.1, gt=0)
    """How dearly a step away from the reference is paid for."""
    drafts: Path | None = None
    """drafts.jsonl of `vidgrain draft`: what a network answered to the rows that tell no draft of their own."""


class TrainConfig(Frozen):
    """Everything a training needs to know beside its release; saved as config.json beside the checkpoints."""

    recipe: str
    model: ModelConfig
    data: DataConfig = DataConfig()
    optimizer: OptimizerConfig
    trains: tuple[Part, ...] = ("vision", "projector", "text")
    adapter: AdapterConfig | None = None
    """How these parts train: by small matrices beside their weights, or in full when there is none."""
    dpo: DpoConfig | None = None
    """Learn from pairs (draft, what a person made of it) instead of from answers."""
    steps: int | None = Field(default=None, ge=1)
    """Optimizer steps; None means `epochs` over the release."""
    epochs: float = Field(default=1.0, gt=0)
    batch_samples: int = Field(ge=1)
    """Samples of one optimizer step, over all ranks."""
    precision: Literal["fp32", "bf16"] = "bf16"
    recompute: tuple[Literal["vision", "text"], ...] = ("vision", "text")
    """Parts whose activations are computed again for the gradient instead of being kept."""
    compile: bool = False
    """Compile each layer (torch.compile); the first step of every new length takes a minute."""
    shard: int | None = Field(default=None, ge=1)
    """Ranks that hold one copy of the weights between them (FSDP2). None: all; 1: every rank holds all."""
    memory_gb: float | None = Field(default=None, gt=0)
    """What a device may take. None: what it has. A run whose estimate is above it is refused."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: int = 0
    checkpoint_every: int = Field(default=200, ge=1)
    keep_checkpoints: int = Field(default=3, ge=1)
    validate_every: int = Field(default=100, ge=1)
    validation_samples: int = Field(default=64, ge=0)
    """Samples of the held-out split whose loss is reported, and by which the best checkpoint is kept. 0: none."""
    benchmarks: BenchmarkConfig = BenchmarkConfig()

    @model_validator(mode="after")
    def makes_sense_together(self) -> Self:
        """Fields that exclude each other, said by name."""
        if not self.trains:
            raise ValueError("`trains` names no part: nothing would be learnt")
        if self.dpo is not None and self.adapter is None:
            raise ValueError("`dpo` needs an `adapter`: the network without it is the reference")
        if self.dpo is not None and self.adapter is not None and self.adapter.dropout:
            raise ValueError("`adapter.dropout` must be 0 with `dpo`: the reference has none")
        if self.dpo is not None and self.model.drop_path:
            raise ValueError("`model.drop_path` must be 0 with `dpo`: reference and network would see other pictures")
        return self


_HOW = {
    "memory_gb": True, "shard": True, "recompute": True, "compile": True, "device": True, "benchmarks": True,
    "keep_checkpoints": True, "checkpoint_every": True, "validate_every": True,
    "data": {
        "cache_folder", "cache_mb", "decode_processes", "batches_ahead", "batch_tokens", "layout", "max_reject_share",
    },
}  # fmt: skip
"""Fields that say how a training is computed and watched, and not what: a run may go on with others."""


def identity(config: TrainConfig, release_sha256: str) -> str:
    """What a checkpoint belongs to: the same for all ways to compute the same training."""
    what = config.model_dump_json(exclude=_HOW)  # type: ignore[arg-type]  # pydantic's type of nested names is recursive
    return hashlib.sha256(f"{what}{release_sha256}".encode()).hexdigest()


def read_run(path: Path) -> Run:
    """The run described by a run.json; ConfigError when it cannot be read or understood."""
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from error


def override(config: TrainConfig, changes: Mapping[str, Any]) -> TrainConfig:
    """`config` with some fields replaced: `{"steps": 5, "optimizer.lr": 1e-3}`. ConfigError names an unknown field.

    Whoever names weights (`model.checkpoint`) wants these and not the recipe's random network.
    """
    resolved = config.model_dump(mode="json")
    random = config.model.model_dump(mode="json")["tiny"]
    for dotted, value in changes.items():
        *folders, name = dotted.split(".")
        place = resolved
        for folder in folders:
            place = place.get(folder) if isinstance(place, dict) else None  # type: ignore[assignment]  # JSON of any depth
        if not isinstance(place, dict) or name not in place:
            raise ConfigError(f"override {dotted!r}: recipe {config.recipe} has no such field")
        if isinstance(value, Mapping) and isinstance(place[name], dict):
            place[name] = {**place[name], **value}
        else:
            place[name] = value
    model = resolved["model"]
    if isinstance(model, dict) and model.get("checkpoint") and model.get("tiny") == random:
        model["tiny"] = None
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
