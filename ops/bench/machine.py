"""The machine a figure was taken on, and statistics of samples."""

from __future__ import annotations

import os
import platform
import resource
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg

from events.wire.decoding import COMPILED
from ops.local.jars import KAFKA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.local.stack import Stack


def machine(stack: Stack) -> dict[str, Any]:
    """Name processor, cores, memory, versions, and how busy the machine was before."""
    with psycopg.connect(stack.postgres) as connection:
        postgres = connection.info.parameter_status("server_version")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "kafka": KAFKA.rpartition(":")[2],
        "postgres": postgres,
        "faust_streaming": version("faust-streaming"),
        "confluent_kafka": version("confluent-kafka"),
        "compiled": COMPILED,
        "load_before": round(psutil.getloadavg()[0], 2),
    }


def peak_rss_mb() -> int:
    """Give the most memory that this process has held.

    What `getrusage` tells of a process that another began takes in what that other held by then.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    (line,) = (each for each in status.read_text().splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def percentiles(samples_ms: Sequence[float]) -> dict[str, float | None]:
    """Give p50, p99 and the largest of samples, in milliseconds; None where there are none."""
    ordered = sorted(samples_ms)
    if not ordered:
        return {"p50": None, "p99": None, "max": None, "samples": 0}
    return {
        "p50": round(_at(ordered, 0.50), 2),
        "p99": round(_at(ordered, 0.99), 2),
        "max": round(ordered[-1], 2),
        "samples": len(ordered),
    }


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
