"""The trainer's process ends when its parent ends, and by itself without complaint."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

from server.terminal import Terminal
from server.training.cli import _run
from server.training.process import ROOT, STOPPED, run_module

COMMAND = [sys.executable, "-m", "server.training.child"]


def start(module, *arguments):
    return subprocess.Popen(
        [*COMMAND, module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )


def test_it_runs_a_module_with_its_arguments_and_ends_in_peace():
    child = start("json.tool", "--help")
    said = child.stdout.read()
    assert child.wait(120) == 0, child.stderr.read()
    assert b"usage:" in said
    assert child.stderr.read() == b""


def test_it_is_asked_to_end_when_its_parent_is_gone():
    child = start("http.server", "0", "--bind", "127.0.0.1")
    assert child.poll() is None
    child.stdin.close()
    assert child.wait(120) == -signal.SIGTERM


def test_what_it_will_need_of_memory_is_told_when_it_is_known(tmp_path, monkeypatch, capsys):
    (tmp_path / "estimating.py").write_text(
        "import json, pathlib, sys\n"
        "out = pathlib.Path(json.loads(pathlib.Path(sys.argv[1]).read_text())['out'])\n"
        "(out / '.memory').write_text('in all 1.25 GiB\\n')\n"
        "(out / '.memory').rename(out / 'memory.txt')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "memory.txt").write_text("of an earlier start")
    _run("estimating", {"out": str(tmp_path)}, tmp_path, "run.json", Terminal())
    assert capsys.readouterr().err.strip() == "in all 1.25 GiB"


def test_ctrl_c_asks_it_to_end_and_waits_for_its_last_checkpoint(tmp_path, monkeypatch):
    ready, kept = tmp_path / "ready", tmp_path / "ready.kept"
    (tmp_path / "patient.py").write_text(
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep(0.5)\n"
        "    pathlib.Path(sys.argv[1] + '.kept').touch()\n"
        f"    sys.exit({STOPPED})\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    pressed = []

    def look():
        if ready.exists() and not pressed:
            pressed.append(threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)))
            pressed[0].start()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run_module("patient", ready, tmp_path / "log", look, lambda: False) == STOPPED
    finally:
        signal.signal(signal.SIGINT, before)
    assert kept.exists()
