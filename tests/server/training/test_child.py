"""The trainer's process ends when its parent ends, and by itself without complaint."""

from __future__ import annotations

import signal
import subprocess
import sys

from server.training.process import ROOT

COMMAND = [sys.executable, "-m", "server.training.child"]


def start(module, *arguments):
    return subprocess.Popen(
        [*COMMAND, module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )


def test_it_runs_a_module_with_its_arguments_and_ends_in_peace():
    child = start("json.tool", "--help")
    said = child.stdout.read()
    assert child.wait(30) == 0, child.stderr.read()
    assert b"usage:" in said
    assert child.stderr.read() == b""


def test_it_is_asked_to_end_when_its_parent_is_gone():
    child = start("http.server", "0", "--bind", "127.0.0.1")
    assert child.poll() is None
    child.stdin.close()
    assert child.wait(30) == -signal.SIGTERM
