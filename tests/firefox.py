"""Finds the Firefox that the smoke test drives, or installs one, as `tests/chromium.py` does for Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("firefox-esr", "firefox")


class NoFirefox(RuntimeError):
    """There is no Firefox on this machine and none could be installed."""


def find() -> Path | None:
    """The executable: VIDGRAIN_FIREFOX, one on PATH, or the one that Playwright installed."""
    given = os.environ.get("VIDGRAIN_FIREFOX")
    if given:
        return Path(given)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    own = sorted(_playwrights().glob("firefox-*/firefox/firefox"))
    return own[-1] if own else None


def ensure() -> Path:
    """Find Firefox, or install it: Debian's package as root with apt, else Playwright's own build."""
    found = find()
    if found:
        return found
    tried: list[str] = []
    for command in _ways():
        print("No Firefox found; installing one:", " ".join(command), flush=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = find()
        if found:
            return found
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        tried.append(f"  {' '.join(command)}: {last[0]}")
    raise NoFirefox(
        "One browser test needs Firefox and none could be installed.\n"
        + "\n".join(tried)
        + "\nInstall Firefox, or name its executable in VIDGRAIN_FIREFOX."
    )


def _playwrights() -> Path:
    """Where Playwright puts its browsers."""
    given = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    return Path(given) if given else Path.home() / ".cache" / "ms-playwright"


def _ways() -> list[list[str]]:
    ways: list[list[str]] = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        # With what it recommends: the decoder of H.264 comes from there.
        install = "apt-get install -y -qq --install-recommends firefox-esr"
        ways.append(["sh", "-c", f"apt-get update -qq && DEBIAN_FRONTEND=noninteractive {install}"])
    ways.append([sys.executable, "-m", "playwright", "install", "firefox"])
    return ways
