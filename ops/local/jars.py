"""Kafka's jars from Maven Central: exactly those listed in `jars.lock`, checked by SHA-256.

`python -m ops.local.jars` resolves the list anew; nothing else may change it.
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.local.home import locked
from ops.local.process import LocalStackError
from ops.terms.language import spoken

KAFKA = "org.apache.kafka:kafka_2.13:4.1.1"
# Kafka's own description leaves the choice of a log writer to the distribution.
LOG_WRITER = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
LOCK = Path(__file__).with_name("jars.lock")
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """One archive, by its Maven coordinates `group:artifact:version` and its content."""

    coordinates: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name of its file, `artifact-version.jar`."""
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"


def locked_jars() -> list[Jar]:
    """Read the committed list, in the order of the class path."""
    lines = (line.split() for line in LOCK.read_text().splitlines() if not line.startswith("#"))
    return [Jar(sha256=sha256, coordinates=coordinates) for sha256, coordinates in lines]


def fetch(cache: Path, *, say: Callable[[str], None]) -> list[Path]:
    """Return all jars in the cache, downloading what is missing or damaged.

    Raises:
        LocalStackError: a download failed, or is not what the list promises.

    """
    jars = locked_jars()
    with locked(cache / "jars.lock"):
        missing = [jar for jar in jars if not _is_whole(cache / jar.file_name, jar)]
        if missing:
            say(spoken("kafka_jars", "start", count=len(missing)))
            _download(missing, cache)
    return [cache / jar.file_name for jar in jars]


def _is_whole(file: Path, jar: Jar) -> bool:
    return file.is_file() and _sha256(file) == jar.sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _download(jars: list[Jar], cache: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as folder:
        context = _maven(Path(folder))
        with ThreadPoolExecutor(8) as threads:
            for jar, file in zip(
                jars, threads.map(lambda jar: _download_one(context, jar), jars), strict=True
            ):
                file.replace(cache / jar.file_name)


def _download_one(context: Any, jar: Jar) -> Path:
    artifact = _artifact(context, jar.coordinates)
    said = ""
    for _ in range(TRIES):
        try:
            file = Path(artifact.resolve())
        except (OSError, RuntimeError, AssertionError) as error:
            said = str(error)
            continue
        if _is_whole(file, jar):
            return file
        said = f"its SHA-256 is {_sha256(file)}, not {jar.sha256}"
        file.unlink()
    raise LocalStackError(
        f"{jar.coordinates} could not be had from Maven Central: {said}. The first start needs "
        "the network; later starts do not."
    )


def _maven(repository: Path) -> Any:
    # Imported late: a second start needs no resolver.
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    return MavenContext(resolver=PythonResolver(), repo_cache=repository, timeout=60)


def _artifact(context: Any, coordinates: str) -> Any:
    group, artifact, version = coordinates.split(":")
    return context.project(group, artifact).at_version(version).artifact()


def _resolve() -> list[Jar]:
    with tempfile.TemporaryDirectory() as folder:
        context = _maven(Path(folder))
        inputs, further = context.resolver.resolve([context.create_dependency(KAFKA)])
        artifacts = [dependency.artifact for dependency in (*inputs, *further)]
        # Resolved apart: together, its parent's older versions would win over Kafka's own.
        artifacts.append(_artifact(context, LOG_WRITER))
        return [
            Jar(
                coordinates=f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}",
                sha256=_sha256(Path(artifact.resolve())),
            )
            for artifact in artifacts
        ]


def main() -> None:
    """Write the list anew, from what Maven Central says today."""
    lines = ["# Kafka's class path, made by `python -m ops.local.jars`: SHA-256, coordinates."]
    lines += [f"{jar.sha256}  {jar.coordinates}" for jar in _resolve()]
    fresh = LOCK.with_suffix(".new")
    fresh.write_text("\n".join(lines) + "\n")
    shutil.move(fresh, LOCK)
    sys.stdout.write(f"{len(lines) - 1} jars in {LOCK.name}\n")


if __name__ == "__main__":
    main()
