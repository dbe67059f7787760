"""Every topic in one table: its key, partitions, retention, who writes and who reads it.

Faust must not create any; `credit-ledger topics` does, from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.rules.divisions import WARNING_REGIONS
from events.topics import (
    ledger_topic,
    lists_topic,
    profiles_topic,
    rejections_topic,
    submissions_topic,
    warnings_topic,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from events.rules.rulebook import Rulebook

UNLIMITED: Final = "-1"
MESSAGE_BYTES_MAX: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it must be. Its key is always the subject id."""

    name: str
    partitions: int
    compacted: bool = False
    writer: str
    readers: str

    def configuration(self) -> Mapping[str, str]:
        """Give the broker's settings: kept without limit, stamped by the broker."""
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": UNLIMITED,
            "retention.bytes": UNLIMITED,
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(MESSAGE_BYTES_MAX),
        }


def topic_table(rulebook: Rulebook, partitions: int = LEDGER_PARTITIONS) -> list[Topic]:
    """Give every topic of the ledger."""
    return [
        topic for platform in Platform for topic in _of_platform(platform, rulebook, partitions)
    ]


def _of_platform(platform: Platform, rulebook: Rulebook, partitions: int) -> Iterator[Topic]:
    for department in rulebook.departments.values():
        if platform in department.platforms:
            name = submissions_topic(platform, department.code)
            yield Topic(name=name, partitions=1, writer=department.code, readers="admission")
    yield Topic(
        name=ledger_topic(platform),
        partitions=partitions,
        writer="admission",
        readers="projector, auditors",
    )
    yield Topic(
        name=rejections_topic(platform), partitions=1, writer="admission", readers="departments"
    )
    yield Topic(
        name=profiles_topic(platform),
        partitions=partitions,
        compacted=True,
        writer="projector",
        readers="entitled readers",
    )
    yield Topic(name=lists_topic(platform), partitions=1, writer="relay", readers="supervisors")
    for region in WARNING_REGIONS:
        name = warnings_topic(platform, region)
        yield Topic(name=name, partitions=1, writer="relay", readers=f"supervisors of {region}")
