"""The propagators by name. A closed list: a new one is a file beside these and a line here."""

from __future__ import annotations

from typing import Literal, get_args

from annotator.propagate.protocol import Propagator, PropagatorOptions

PropagatorName = Literal["flow", "sam2"]
NAMES: tuple[PropagatorName, ...] = get_args(PropagatorName)


def open_propagator(name: PropagatorName, options: PropagatorOptions | None = None) -> Propagator:
    """The propagator of that name, ready to open sessions. torch is imported only when `sam2` is opened.

    Raises ValueError for an unknown name, `sam2_weights.Sam2Unavailable` when packages or checkpoint are missing.
    """
    options = options or PropagatorOptions()
    if name == "flow":
        from annotator.propagate.flow import FlowPropagator

        return FlowPropagator(options)
    if name == "sam2":
        from annotator.propagate.sam2 import Sam2Propagator

        return Sam2Propagator(options)
    raise ValueError(f"there is no propagator {name!r}; known are {', '.join(NAMES)}")
