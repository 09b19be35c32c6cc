"""The loader: four sizes, three image sizes, checkpoints that fit, and clear words for those that do not."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from annotator.propagate.protocol import PropagatorOptions
from annotator.propagate.sam2 import Sam2Propagator
from annotator.propagate.sam2_weights import (
    CONFIGS,
    IMAGE_SIZES,
    Sam2Unavailable,
    build,
    load_model,
    read_weights,
    size_of,
)
from tests.annotator.propagate import tiny_sam2


def test_the_loader_gives_the_networks_own_weights(
    propagator: Sam2Propagator, checkpoint: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import save_file

    weights = read_weights(checkpoint)
    assert all(torch.equal(value, weights[name]) for name, value in propagator.model.state_dict().items())
    assert propagator.model.add_all_frames_to_correct_as_cond
    save_file({name: value.contiguous() for name, value in weights.items()}, tmp_path / "tiny.safetensors")
    again = read_weights(tmp_path / "tiny.safetensors")
    assert again.keys() == weights.keys() and all(torch.equal(again[name], weights[name]) for name in weights)


@pytest.mark.parametrize("size", CONFIGS)
def test_each_published_size_is_built_at_each_image_size_as_the_package_builds_it(
    size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On torch's meta device: shapes without memory. The package's published weights have these shapes."""
    import sam2  # noqa: F401 - registers the package's configurations with Hydra
    import torch
    from hydra import compose
    from hydra.utils import instantiate

    monkeypatch.setattr(torch, "linspace", partial(torch.linspace, device="cpu"))  # its values are read while building
    with torch.device("meta"):
        peer = instantiate(compose(config_name=CONFIGS[size]).model, _recursive_=True).state_dict()
        for image_size in IMAGE_SIZES:
            model = build(PropagatorOptions(size=size, image_size=image_size))
            assert model.image_size == image_size
            shapes = {name: value.shape for name, value in model.state_dict().items()}
            assert shapes == {name: value.shape for name, value in peer.items()}
            assert size_of(model.state_dict()) == size


class Harmful:
    """Would run code if it were unpickled."""

    ran = False

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("from tests.annotator.propagate import test_sam2_weights as t; t.Harmful.ran = True",)


def test_a_checkpoint_never_runs_code(tmp_path: Path) -> None:
    import torch

    torch.save({"model": Harmful()}, tmp_path / "harmful.pt")
    with pytest.raises(Sam2Unavailable, match="tensors only"):
        read_weights(tmp_path / "harmful.pt")
    assert not Harmful.ran


def test_what_is_missing_is_named(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("no checkpoint")
    (tmp_path / "text.safetensors").write_text("no checkpoint")
    (tmp_path / "empty.pt").touch()
    (tmp_path / "short.pt").write_bytes(checkpoint.read_bytes()[:-5000])
    for name in ("text.pt", "text.safetensors", "empty.pt", "short.pt"):
        with pytest.raises(Sam2Unavailable, match=rf"{name} \(VIDGRAIN_SAM2_CHECKPOINT\)"):
            read_weights(tmp_path / name)
    good = str(checkpoint)
    for message, options in {
        r"no checkpoint at .*VIDGRAIN_SAM2_CHECKPOINT": PropagatorOptions(checkpoint=str(tmp_path / "absent.pt")),
        r"path of a checkpoint \(VIDGRAIN_SAM2_CHECKPOINT": PropagatorOptions(),
        r"no SAM 2 of size 'huge' \(VIDGRAIN_SAM2_CONFIG": PropagatorOptions(checkpoint=good, size="huge"),
        r"image size 300 \(VIDGRAIN_SAM2_IMAGE_SIZE\)": PropagatorOptions(checkpoint=good, image_size=300),
        r"no device 'cuda:99' here \(VIDGRAIN_DEVICE": PropagatorOptions(checkpoint=good, device="cuda:99"),
        r"no device 'gpu' here \(VIDGRAIN_DEVICE": PropagatorOptions(checkpoint=good, device="gpu"),
    }.items():
        with pytest.raises(Sam2Unavailable, match=message):
            load_model(options)


def save(path: Path, weights: dict[str, Any]) -> str:
    import torch

    torch.save({"model": weights}, path)
    return str(path)


def test_a_checkpoint_of_another_network_is_told_apart(checkpoint: Path, tmp_path: Path) -> None:
    import torch

    def refused(message: str, weights: dict[str, Any], options: PropagatorOptions | None = None) -> None:
        path = save(tmp_path / "other.pt", weights)
        options = options or PropagatorOptions(size="tiny", device="cpu")
        with pytest.raises(Sam2Unavailable, match=message):
            load_model(PropagatorOptions(**{**_fields(options), "checkpoint": path}))

    first = "image_encoder.trunk.patch_embed.proj.weight"
    large = {first: torch.zeros(144, 3, 7, 7)}
    large |= {f"image_encoder.trunk.blocks.{n}.norm1.weight": torch.zeros(1) for n in range(48)}
    refused("holds SAM 2 of size large, the setting says tiny: set VIDGRAIN_SAM2_CONFIG=large", large)
    older = PropagatorOptions(size="large", device="cpu")
    refused("is of SAM 2.0: a checkpoint of SAM 2.1", large, older)
    refused("no SAM 2.1 checkpoint of size tiny .*VIDGRAIN_SAM2_CONFIG.*: Missing key", {"weight": torch.zeros(3)})
    weights = read_weights(checkpoint)
    refused("no SAM 2.1 checkpoint of size tiny", weights)
    tiny = tiny_sam2.options(checkpoint)
    name = "memory_attention.layers.0.linear1.weight"
    refused(f"damaged: {name} is not finite", {**weights, name: weights[name] * float("nan")}, tiny)
    refused("size mismatch for " + name, {**weights, name: weights[name][:-1]}, tiny)
    assert load_model(tiny) is not None


def _fields(options: PropagatorOptions) -> dict[str, Any]:
    return {name: getattr(options, name) for name in options.__slots__}
