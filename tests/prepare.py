"""`python -m tests.prepare`: installs or starts what the tests need and says clearly what could not be had."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from tests import chromium, firefox, servers


def main() -> int:
    """Check every outside part once, before thousands of tests would each fail on it."""
    parts: list[tuple[str, Callable[[], object]]] = [
        ("Chromium", chromium.ensure),
        ("Firefox", firefox.ensure),
        *servers.checks(),
    ]
    missing = 0
    for name, check in parts:
        try:
            found = check()
        except Exception as error:  # noqa: BLE001 - whatever a part fails with is what the person must read
            missing += 1
            print(f"  {name}: MISSING\n{error}", file=sys.stderr)
        else:
            print(f"  {name}: {found}")
    clips = os.environ.get("VIDGRAIN_TEST_CLIPS")
    print(f"  Real clips: {clips or 'none (set VIDGRAIN_TEST_CLIPS=folder to add them); rendered clips are used'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
