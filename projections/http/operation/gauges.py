"""Every figure that is asked for anew at each scrape: its name, what it means, its labels.

None outlives a scrape: what cannot be known now is not told, rather than told as it was.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily

from projections.writing.latency import BOUNDS_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from projections.store.progress import Latency

_PLATFORM: Final = ("platform",)
_PARTITION: Final = ("platform", "partition")
_DEPARTMENT: Final = ("platform", "department")
_ROLE: Final = ("role",)


class GaugeKind(NamedTuple):
    """A figure: its name after `credit_ledger_`, what it means, the names of its labels."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


BROKER_ANSWERS: Final = GaugeKind(
    "broker_answers", "1 while the broker says where the topics end, else 0."
)
READ_MODELS_ANSWER: Final = GaugeKind(
    "read_models_answer", "1 while there are read models of a platform, else 0.", _PLATFORM
)
POSITION: Final = GaugeKind("position", "Next offset to apply.", _PARTITION)
END: Final = GaugeKind("end", "End of the ledger.", _PARTITION)
LAG: Final = GaugeKind("lag_events", "Events not applied yet.", _PARTITION)
NEWEST_AGE: Final = GaugeKind(
    "newest_event_age_seconds", "Age of the newest event applied.", _PLATFORM
)
PARKED: Final = GaugeKind("parked_subjects", "Subjects that wait for an operator.", _PLATFORM)
OUTBOX: Final = GaugeKind("outbox_rows", "Notices that are not published yet.", _PLATFORM)
SET_ASIDE: Final = GaugeKind(
    "set_aside_messages", "Messages that the broker does not take.", _PLATFORM
)
WAITING: Final = GaugeKind(
    "waiting_seconds", "Age of the oldest event not applied yet; 0 where none waits.", _PLATFORM
)
OBJECTIVE: Final = GaugeKind(
    "latency_objective_seconds",
    "How soon after its recording an event is to be in the read models.",
)
MISSED: Final = GaugeKind(
    "latency_missed", "1 while the latency objective is missed, else 0.", _PLATFORM
)
SUBMISSIONS_LAG: Final = GaugeKind(
    "submissions_lag_events",
    "Submissions of a department that are not admitted yet; who has none is not named.",
    _DEPARTMENT,
)
SUBMISSIONS_WAITING: Final = GaugeKind(
    "submissions_waiting_seconds", "Age of the oldest of them.", _DEPARTMENT
)
REFUSED: Final = GaugeKind("submissions_refused", "Submissions refused since the first.")
PLAINTEXT: Final = GaugeKind(
    "plaintext_refused",
    "Submissions refused since the first that said something of a person in the clear.",
)
ADMISSION_MISSED: Final = GaugeKind(
    "admission_missed",
    "1 while any department waits for admission longer than the latency objective, else 0.",
)
WORKERS: Final = GaugeKind("workers", "Workers at work.", _ROLE)
STARTS: Final = GaugeKind("worker_starts", "How often workers were started.", _ROLE)
SWEPT: Final = GaugeKind(
    "swept_days_behind",
    "Days by which the daily sweep of a partition is behind today.",
    _PARTITION,
)
BREACHES: Final = GaugeKind(
    "log_breaches", "Places at which a log lost what was read of it; nothing goes on from there."
)
BULLETIN_BEHIND: Final = GaugeKind(
    "bulletin_behind_generations",
    "By how many generations the index of what is published is behind the read models.",
)
KEYS_RUNNING_OUT: Final = GaugeKind(
    "access_keys_running_out", "Keys to ask by that end within fourteen days.", _ROLE
)
WEBHOOKS_FAILING: Final = GaugeKind(
    "webhooks_failing",
    "Webhooks with messages that were given up or failed three times, or that ended by themselves.",
)
DISK_FREE: Final = GaugeKind(
    "disk_free_megabytes", "Room on the disk under a folder of data.", ("folder",)
)
DISK_FLOOR: Final = GaugeKind(
    "disk_floor_megabytes", "Below it admission and projectors write nothing."
)
CUT_AGE: Final = GaugeKind("cut_age_seconds", "Age of the newest signed cut of the log.", _PLATFORM)
UNSIGNED: Final = GaugeKind(
    "signer_behind_events", "Events of the ledger that are in no signed cut yet.", _PLATFORM
)
SILENT_WITNESSES: Final = GaugeKind(
    "silent_witnesses", "Witnesses of the policy who did not cosign the newest cut.", _PLATFORM
)


class Scrape:
    """The figures of one scrape."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._figures: dict[GaugeKind, GaugeMetricFamily] = {}
        self._latencies: list[Latency] = []

    def set(self, kind: GaugeKind, value: float, *labels: str) -> None:
        """Note a figure, with the values of its labels."""
        if kind not in self._figures:
            name = f"credit_ledger_{kind.name}"
            self._figures[kind] = GaugeMetricFamily(name, kind.meaning, labels=kind.labels)
        self._figures[kind].add_metric(labels, value)

    def set_latency(self, latency: Latency) -> None:
        """Note how long the events of a platform took, as its workers measured it."""
        self._latencies.append(latency)

    def collect(self) -> Iterator[Metric]:
        """Give all of it to Prometheus; a rebuild of the read models begins the histogram anew."""
        yield from self._figures.values()
        family = HistogramMetricFamily(
            "credit_ledger_latency_seconds",
            "From the recording of an event to its commit; each by the oldest of its batch.",
            labels=["platform"],
        )
        bounds = [*(str(bound / 1000) for bound in BOUNDS_MS), "+Inf"]
        for each in self._latencies:
            buckets = list(zip(bounds, accumulate(each.counts), strict=True))
            family.add_metric([each.platform], buckets, each.sum_ms / 1000)
        yield family
