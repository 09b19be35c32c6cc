"""`torchrun … -m tests.model.trainings run.json …`: trainings one after the other, in one start of the ranks."""

from __future__ import annotations

import os
import sys

from model.train import main


def trainings(described: list[str]) -> int:
    """The exit code of the first that did not come to its end, or 0."""
    for number, run in enumerate(described):
        # For each the ranks look for each other anew, under another name, as after a restart by torchrun.
        os.environ["TORCHELASTIC_RESTART_COUNT"] = str(number)
        if code := main([run]):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(trainings(sys.argv[1:]))
