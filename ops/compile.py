"""Compile the typed hot modules with mypyc, where there is a C compiler: `make compile`.

Optional: the same modules run uncompiled, and the same tests hold both to the same results.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

PACKAGES: Final = ("events", "projections")
"""Whose modules are compiled, in place."""

MODULES: Final = (
    "events/wire.py",
    "events/dates.py",
    "events/wire_writing.py",
    *(
        f"projections/{name}.py"
        for name in (
            *("reading", "fold", "amending", "chain", "building", "evolving", "steps", "telling"),
            *("rules", "record_on_day", "effects", "weight", "list_notices", "blacklist"),
            *("discrepancies", "joint_measures", "deadlines", "evidence", "signals"),
            *("record_signals", "grade_signals", "owing_signals", "overdue_signals"),
            *("threshold_course", "warnings", "standing", "counting", "supervision", "score"),
            *("disclosure", "shown_record", "profile", "seat"),
            *("writing", "rows", "notice_rows", "reporting", "outbox"),
        )
    ),
)
"""Hot modules without classes of msgspec's, which cannot be compiled; those stand apart.

Nor are classes here that others stand in for, as tests do: a compiled class takes no substitute.
"""


def main() -> int:
    """Compile in place; say so and do nothing where there is no compiler."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        print(f"no C compiler ({compiler}): the hot modules stay plain Python")
        return 0
    root = Path(__file__).resolve().parent.parent
    os.chdir(root)
    # What was compiled of older sources must not be found, whatever becomes of this.
    for stale in (*root.glob("*.so"), *(so for p in PACKAGES for so in root.glob(f"{p}/**/*.so"))):
        stale.unlink()
    from mypyc.build import mypycify  # noqa: PLC0415 - a development tool, absent in production
    from setuptools import Distribution  # noqa: PLC0415 - likewise
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415 - likewise

    with tempfile.TemporaryDirectory() as folder:
        # What it says of generators that it makes lists of is no concern of who installs.
        with redirect_stdout(StringIO()):
            extensions = mypycify(
                ["--ignore-missing-imports", *MODULES], opt_level="3", target_dir=folder
            )
        distribution = Distribution({"name": "credit-ledger-hot", "ext_modules": extensions})
        command = build_ext(distribution)
        command.build_temp = command.build_lib = folder
        command.inplace = True
        command.ensure_finalized()
        command.run()
    print(f"compiled: {', '.join(MODULES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
