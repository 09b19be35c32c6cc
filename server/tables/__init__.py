"""All tables, one file per aggregate. Importing this package imports every file, so that the metadata is whole."""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
