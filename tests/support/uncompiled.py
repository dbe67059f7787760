"""A plugin of pytest by which our modules are imported as they are written, also where compiled ones lie beside.

`python -m pytest -p tests.support.uncompiled …`: what counts entered functions sees them all.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

PACKAGES: Final = ("events", "projections")


class _AsWritten(MetaPathFinder):
    """Finds modules of the pure packages by their source alone."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or fullname.partition(".")[0] not in PACKAGES:
            return None
        for folder in path:
            found = FileFinder(folder, (SourceFileLoader, [".py"])).find_spec(fullname, target)
            if found is not None:
                return found
        return None


sys.meta_path.insert(0, _AsWritten())
