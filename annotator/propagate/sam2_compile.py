"""Compiled for propagation, as written for clicks.

A compiled module is compiled anew for every number of clicks that it sees, which takes a person's seconds; propagation
always has the same shapes. The package's optimised predictor puts the compiled functions in place; here they are put
aside whenever a step is not one of propagation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PARTS = ("image_encoder", "memory_encoder", "memory_attention", "sam_prompt_encoder", "sam_mask_decoder")


class Forwards:
    """The compiled functions of a network's parts, if it has any. Used only by who holds the accelerator."""

    def __init__(self, model: Any) -> None:
        modules = [getattr(model, name) for name in PARTS]
        self._compiled = [(m, m.__dict__.pop("forward")) for m in modules if "forward" in m.__dict__]

    @contextmanager
    def used(self, compiled: bool) -> Iterator[None]:
        """The network as a step wants it; without compiled functions it stays as written."""
        if not compiled or not self._compiled:
            yield
            return
        for module, forward in self._compiled:
            module.forward = forward
        try:
            yield
        finally:
            for module, _ in self._compiled:
                del module.forward
