"""Finds the Chromium that the browser tests drive, or installs one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
"""No sandbox: tests often run as root in a container. The rest keeps Chromium from calling home."""


class NoChromium(RuntimeError):
    """There is no Chromium on this machine and none could be installed."""


def find() -> Path | None:
    """The executable: VIDGRAIN_CHROMIUM, one on PATH, or the one that Playwright installed."""
    given = os.environ.get("VIDGRAIN_CHROMIUM")
    if given:
        return Path(given)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


def ensure() -> Path:
    """Find Chromium, or install it: Debian's package as root with apt, else Playwright's own build."""
    found = find()
    if found:
        return found
    tried: list[str] = []
    for command in _ways():
        print("No Chromium found; installing one:", " ".join(command), flush=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = find()
        if found:
            return found
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        tried.append(f"  {' '.join(command)}: {last[0]}")
    raise NoChromium(
        "The browser tests need Chromium and none could be installed.\n"
        + "\n".join(tried)
        + "\nInstall Chromium or Chrome, or name its executable in VIDGRAIN_CHROMIUM."
    )


def _ways() -> list[list[str]]:
    ways: list[list[str]] = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways.append(
            ["sh", "-c", "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium"]
        )
    ways.append([sys.executable, "-m", "playwright", "install", "chromium"])
    return ways
