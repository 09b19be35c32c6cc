"""What the commands of this folder have in common: a description in, work until done or stopped, or the reason."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from model import plm
from model.config import ConfigError
from model.data.pictures import PictureErrors
from model.data.release import ReleaseError
from model.stopping import STOPPED, StopRequestedError, stop_on_sigterm

_KNOWN_ERRORS = (ValidationError, ConfigError, ReleaseError, *PictureErrors, plm.CheckpointError, OSError)


def command(
    name: str,
    about: str | None,
    file: str,
    work: Callable[[bytes, Callable[[], bool]], object],
    arguments: Sequence[str] | None,
) -> int:
    """`work` on the bytes of the `file` that is named. 0: done; 75: stopped on request; 2: refused, with the reason."""
    parser = argparse.ArgumentParser(prog=f"python -m model.evaluate.{name}", description=about)
    parser.add_argument("description", type=Path, metavar=file)
    options = parser.parse_args(arguments)
    try:
        with stop_on_sigterm() as asked:
            work(options.description.read_bytes(), asked)
    except StopRequestedError:
        return STOPPED
    except _KNOWN_ERRORS as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0
