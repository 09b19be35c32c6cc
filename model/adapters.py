"""LoRA and DoRA: small trained matrices beside frozen weights, by the `peft` package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file

from model.config import AdapterConfig, ConfigError, Part
from model.plm import import_torchao_quietly

ADAPTER_FILES: Final = ("adapter_config.json", "adapter_model.safetensors")
_NAME: Final = "default"

_LINEAR_LAYERS: Final[Mapping[Part, str]] = {
    "text": r"model\.language_model\.layers\.\d+\.(?:self_attn|mlp)\.(?:[qkvo]_proj|gate_proj|up_proj|down_proj)",
    "vision": r"model\.vision_tower\.timm_model\.blocks\.\d+\.(?:attn|mlp)\.(?:qkv|[qkv]_proj|proj|fc1|fc2)",
    "projector": r"model\.multi_modal_projector\.linear_[12]",
}
"""The layers of each part that get matrices beside them, as peft matches a module's whole name."""
_PROJECTOR: Final = "multi_modal_projector"


def attach(network: Any, config: AdapterConfig, parts: tuple[Part, ...], base: str | None) -> None:
    """Put the matrices into `network`, in place, and freeze everything else. `base` is told to whoever loads them.

    A fresh adapter changes no output. ConfigError where peft is not installed.
    """
    import_torchao_quietly()
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise ConfigError(f"adapter: needs the package peft, which cannot be loaded ({error})") from error
    whole = config.projector_in_full and "projector" in parts
    beside = [part for part in parts if part != "projector" or not whole]
    if not beside:
        raise ConfigError(
            "adapter.projector_in_full: with trains=['projector'] nothing is left for matrices; set adapter=null"
        )
    described = LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        use_dora=config.kind == "dora",
        target_modules="|".join(_LINEAR_LAYERS[part] for part in beside),
        modules_to_save=[_PROJECTOR] if whole else None,
        base_model_name_or_path=base,
    )
    network.requires_grad_(False)
    inject_adapter_in_model(described, network, adapter_name=_NAME)
    for name, parameter in network.named_parameters():
        if _is_trained(name):
            parameter.data = parameter.data.float()
            parameter.requires_grad_(True)


def _is_trained(name: str) -> bool:
    return f".{_NAME}." in name or name.endswith(f".{_NAME}")


@contextmanager
def without_adapter(network: Any) -> Iterator[None]:
    """Inside, `network` computes what it did before anything was attached.

    By the flag that peft's layers read, not by their method, which would also change what needs a gradient: weights
    that are spread over ranks must not change that between two steps.
    """
    switched = [module for module in network.modules() if hasattr(module, "_disable_adapters")]
    for module in switched:
        module._disable_adapters = True
    try:
        yield
    finally:
        for module in switched:
            module._disable_adapters = False


def save_adapter(folder: Path, network: Any, trained: Mapping[str, torch.Tensor]) -> None:
    """Write a folder that `peft.PeftModel.from_pretrained` loads. `trained`: whole tensors by parameter."""
    folder.mkdir(parents=True, exist_ok=True)
    network.peft_config[_NAME].save_pretrained(folder)
    config = folder / ADAPTER_FILES[0]
    content = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps({**content, "inference_mode": True}, indent=2) + "\n", encoding="utf-8")
    tensors = {f"base_model.model.{peft_name(name)}": tensor.contiguous() for name, tensor in trained.items()}
    save_file(tensors, folder / ADAPTER_FILES[1], metadata={"format": "pt"})


def peft_name(name: str) -> str:
    """A parameter's name as adapter files write it: without the adapter's own and the wrapper of whole modules."""
    return name.replace(f".modules_to_save.{_NAME}.", ".").replace(f".{_NAME}.", ".").removesuffix(f".{_NAME}")


def merge(network: Any, folder: Path) -> Any:
    """`network` (without adapter) with the adapter in `folder` added into its weights."""
    import_torchao_quietly()
    from peft import PeftModel

    return PeftModel.from_pretrained(network, str(folder)).merge_and_unload()
