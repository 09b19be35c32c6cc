"""The propagators by name. A closed list.

A further one (EdgeTAM, the tracker of SAM 3, …) is a file beside these with a class of `protocol.Propagator`, its name
and its branch here, the name in `tests/contracts/test_propagator.py`'s OPENED, and its value in the server's enum and
settings. `marks`, `walk`, `snapshot`, `presence` and `turns` are made for it to use.
"""

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
