"""`python -m server.training.child MODULE ARGUMENT…`: a trainer that ends when the process that started it ends.

The parent holds our stdin. When it closes, because the parent was killed, we get SIGTERM as if somebody had asked: the
trainer writes a checkpoint and stops, and no orphan keeps the GPU.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _watch() -> None:
    # Not by sys.stdin: a thread that waits inside its lock would crash the interpreter's end.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the module as a program, with the arguments that follow it."""
    module, *arguments = sys.argv[1:]
    threading.Thread(target=_watch, name="parent-watch", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
