"""Names of the topics: what the flow of design section 2 calls them."""

from __future__ import annotations

from functools import cache
from typing import Final

from events.envelope import Platform


def submissions_topic(platform: Platform, department: str) -> str:
    """Name the topic on which a department reports; only it may write there.

    Offices of cities and counties report through that of their city, which has its code for a name
    (`events.rules.offices.reports_through`).
    """
    return f"credit.{platform}.submissions.{department}"


@cache
def submission_origin(topic: str) -> tuple[Platform, str]:
    """Give the platform and department of a submission topic."""
    _, platform, _, department = topic.split(".", 3)
    return Platform(platform), department


@cache
def ledger_topic(platform: Platform) -> str:
    """Name the ledger of a platform."""
    return f"credit.{platform}.events.v1"


def rejections_topic(platform: Platform, department: str) -> str:
    """Name the topic of what was refused of a department, or of the offices of a city.

    It goes with the submission topic of that name: who may write there reads here, and nobody else.
    """
    return f"credit.{platform}.rejections.{department}"


def profiles_topic(platform: Platform) -> str:
    """Name the compacted topic of current profiles."""
    return f"credit.{platform}.profiles.v1"


def patches_topic(platform: Platform) -> str:
    """Name the topic of what changed of long profiles since they last went out whole."""
    return f"credit.{platform}.patches.v1"


def lists_topic(platform: Platform) -> str:
    """Name the topic of changes of blacklist status."""
    return f"credit.{platform}.lists.v1"


def duties_topic(platform: Platform) -> str:
    """Name the topic of what waits for departments (待办); its key is the department."""
    return f"credit.{platform}.duties.v1"


def checkpoints_topic(platform: Platform) -> str:
    """Name the topic on which the transparency log's cuts are written down, and signed."""
    return f"credit.{platform}.checkpoints.v1"


def inquiries_topic(platform: Platform) -> str:
    """Name the topic of who asked of whom (查询留痕); its key is the subject."""
    return f"credit.{platform}.inquiries.v1"


ACCESS_TOPIC: Final = "credit.access.v1"
"""The topic of every right to ask: keys and contracts, as they begin and end."""


def warnings_topic(platform: Platform, region: str) -> str:
    """Name the warning topic of a warning region (`events.rules.divisions.warning_region`)."""
    return f"credit.{platform}.warnings.{region}"
