"""Compile the typed hot modules with mypyc, where there is a C compiler: `make compile`.

Optional: the same modules run uncompiled, and the same tests hold both to the same results.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
import tempfile
import tomllib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent


_STRUCT: Final = re.compile(r"^class [^:]*\bfrozen=True", re.MULTILINE)
"""A class of msgspec's by way of another, which says anew how it is made."""


def pure_packages() -> list[str]:
    """Give the packages that may touch nothing outside, as the import contract names them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (pure,) = (
        c for c in contracts if c["type"] == "forbidden" and "psycopg" in c["forbidden_modules"]
    )
    return list(pure["source_modules"])


def modules() -> list[str]:
    """Give the paths of what is compiled, in order.

    That is every pure module of `projections` that defines no class of msgspec's, which cannot be
    compiled (those stand apart), and those of `events` whose first line says `compiled`. A
    compiled class takes no substitute, so none of these is stood in for by a test.
    """
    return [
        path.relative_to(ROOT).as_posix()
        for package in pure_packages()
        for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
        if path.name != "__init__.py" and _is_hot(package, path.read_text("utf-8"))
    ]


def _is_hot(package: str, text: str) -> bool:
    if package == "events":
        return "compiled" in text.split("\n", 1)[0]
    return "msgspec.Struct" not in text and _STRUCT.search(text) is None


def main() -> int:
    """Compile in place; say so and do nothing where there is no compiler."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        print(f"no C compiler ({compiler}): the hot modules stay plain Python")
        return 0
    os.chdir(ROOT)
    hot = modules()
    # What was compiled of older sources must not be found, whatever becomes of this.
    for stale in (
        so
        for pattern in ("*.so", "events/**/*.so", "projections/**/*.so")
        for so in ROOT.glob(pattern)
    ):
        stale.unlink()
    from mypyc.build import mypycify  # noqa: PLC0415 - a development tool, absent in production
    from setuptools import Distribution  # noqa: PLC0415 - likewise
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415 - likewise

    with tempfile.TemporaryDirectory() as folder:
        # What it says of generators that it makes lists of is no concern of who installs.
        said = StringIO()
        try:
            with redirect_stdout(said):
                extensions = mypycify(
                    ["--ignore-missing-imports", *hot], opt_level="3", target_dir=folder
                )
        except BaseException:
            # It says what it cannot compile, and where, before it ends the process.
            print(said.getvalue(), file=sys.stderr)
            raise
        distribution = Distribution({"name": "credit-ledger-hot", "ext_modules": extensions})
        command = build_ext(distribution)
        command.build_temp = command.build_lib = folder
        command.inplace = True
        command.ensure_finalized()
        command.run()
    print(f"compiled: {', '.join(hot)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
