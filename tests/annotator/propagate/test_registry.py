"""The closed list of propagators, and that nothing neural is loaded before it is asked for."""

import subprocess
import sys

import pytest

from annotator.propagate.registry import NAMES, open_propagator


def test_unknown_names_are_refused() -> None:
    assert NAMES == ("flow", "sam2")
    with pytest.raises(ValueError, match="known are flow, sam2"):
        open_propagator("guess")  # type: ignore[arg-type]


def test_no_torch_is_loaded_by_importing_or_by_the_propagator_without_weights() -> None:
    program = (
        "import sys\n"
        "from annotator.propagate import registry, run, sam2\n"
        "registry.open_propagator('flow')\n"
        "bad = {name for name in sys.modules if name.split('.')[0] in ('torch', 'sam2', 'hydra')}\n"
        "sys.exit(f'loaded: {bad}' if bad else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
