"""Every topic in one table: its key, partitions, retention, who writes and who reads it.

Faust must not create any; `credit-ledger topics` does, from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.rules.divisions import WARNING_REGIONS, ZHEJIANG_CITIES
from events.topics import (
    ACCESS_TOPIC,
    checkpoints_topic,
    duties_topic,
    inquiries_topic,
    ledger_topic,
    lists_topic,
    patches_topic,
    profiles_topic,
    rejections_topic,
    submissions_topic,
    warnings_topic,
)
from streams.publishing.producer import MESSAGE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from events.rules.rulebook import Rulebook

UNLIMITED: Final = "-1"
INQUIRIES_KEPT_MS: Final = str(3_660 * 24 * 3_600 * 1_000)
"""Ten years and some days, as inquiries are kept (浙江省公共信用信息管理条例 art. 20)."""
PATCHES_KEPT_MS: Final = str(7 * 24 * 3_600 * 1_000)
"""What a patch says stands whole on the profiles topic within seconds; who reads on has a week."""
SUBMISSION_BYTES_MAX: Final = 1024 * 1024
"""Of what a department says, and of what becomes of it on the ledger."""

LEDGER_FLUSH_MS: Final = 1_000
"""How long what was acknowledged may be in memory alone, where one broker is all there is."""

ADJUSTABLE: Final = frozenset(
    {
        "flush.ms",
        "max.message.bytes",
        "min.insync.replicas",
        "unclean.leader.election.enable",
    }
)
"""Settings that may change on a topic that holds messages: none of these loses or moves one."""

_OVERHEAD_BYTES: Final = 64 * 1024
"""What the broker counts beside keys and values of a batch."""

_TOLD_BYTES_MAX: Final = MESSAGE_BYTES_MAX + _OVERHEAD_BYTES


_ASKING: Final = ("query", "auditor")
"""Who reads everything: the service that answers by right, and who checks the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it must be."""

    name: str
    partitions: int
    compacted: bool = False
    flush_ms: int | None = None
    retention_ms: str = UNLIMITED
    key: str = "subject"
    bytes_max: int = SUBMISSION_BYTES_MAX
    writers: tuple[str, ...]
    """Accounts that may write on it; all but departments, cities and regions are services."""
    readers: tuple[str, ...]
    """Accounts that may read it."""

    def configuration(self, copies: int = 1) -> Mapping[str, str]:
        """Give the broker's settings: stamped by it, and without an end where the table sets none.

        Of several copies two have what was acknowledged, and no broker that lacks it may lead.
        """
        flushed = {} if self.flush_ms is None else {"flush.ms": str(self.flush_ms)}
        return {
            **flushed,
            "min.insync.replicas": "1" if copies == 1 else "2",
            "unclean.leader.election.enable": "false",
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": self.retention_ms,
            "retention.bytes": UNLIMITED,
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(self.bytes_max),
        }


def region_account(region: str) -> str:
    """Name the account of the supervisors of a region; the region's code alone is its offices'."""
    return f"region-{region}"


def topic_table(rulebook: Rulebook, partitions: int = LEDGER_PARTITIONS) -> list[Topic]:
    """Give every topic of the ledger."""
    access = Topic(
        name=ACCESS_TOPIC,
        partitions=1,
        flush_ms=LEDGER_FLUSH_MS,
        key="key or contract",
        writers=("query",),
        readers=("query", "auditor"),
    )
    of_platforms = [
        topic for platform in Platform for topic in _of_platform(platform, rulebook, partitions)
    ]
    return [*of_platforms, access]


def _of_departments(platform: Platform, rulebook: Rulebook) -> Iterator[Topic]:
    codes = [row.code for row in rulebook.departments.values() if platform in row.platforms]
    # Offices of cities and counties are thousands: those of a city share its topics.
    for code in (*codes, *ZHEJIANG_CITIES):
        yield Topic(
            name=submissions_topic(platform, code),
            partitions=1,
            writers=(code, "query"),
            readers=("admission", *_ASKING),
        )
        yield Topic(
            name=rejections_topic(platform, code),
            partitions=1,
            writers=("admission",),
            readers=(code, *_ASKING),
        )


def _of_platform(platform: Platform, rulebook: Rulebook, partitions: int) -> Iterator[Topic]:
    yield from _of_departments(platform, rulebook)
    yield Topic(
        name=ledger_topic(platform),
        partitions=partitions,
        flush_ms=LEDGER_FLUSH_MS,
        writers=("admission",),
        readers=("admission", "projector", "signer", *_ASKING),
    )
    yield Topic(
        name=profiles_topic(platform),
        partitions=partitions,
        compacted=True,
        bytes_max=_TOLD_BYTES_MAX,
        writers=("projector",),
        readers=_ASKING,
    )
    yield Topic(
        name=patches_topic(platform),
        partitions=partitions,
        retention_ms=PATCHES_KEPT_MS,
        bytes_max=_TOLD_BYTES_MAX,
        writers=("projector",),
        readers=_ASKING,
    )
    yield Topic(
        name=lists_topic(platform),
        partitions=1,
        bytes_max=_TOLD_BYTES_MAX,
        writers=("projector",),
        readers=_ASKING,
    )
    yield Topic(
        name=duties_topic(platform),
        partitions=1,
        bytes_max=_TOLD_BYTES_MAX,
        key="department",
        writers=("projector",),
        readers=_ASKING,
    )
    yield Topic(
        name=checkpoints_topic(platform),
        partitions=1,
        flush_ms=LEDGER_FLUSH_MS,
        key="number of the cut",
        writers=("signer",),
        readers=("signer", "admission", *_ASKING),
    )
    yield Topic(
        name=inquiries_topic(platform),
        partitions=1,
        flush_ms=LEDGER_FLUSH_MS,
        retention_ms=INQUIRIES_KEPT_MS,
        writers=("query",),
        readers=("query", "auditor"),
    )
    for region in WARNING_REGIONS:
        yield Topic(
            name=warnings_topic(platform, region),
            partitions=1,
            bytes_max=_TOLD_BYTES_MAX,
            writers=("projector",),
            readers=(region_account(region), *_ASKING),
        )
