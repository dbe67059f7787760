"""What becomes in each table of what is kept of a person who is erased: the answers, by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

GONE: Final = frozenset(
    {
        *("person.handle", "person.list_entry", "person.warning", "person.duty", "person.tie"),
        *("person.related_told", "vault.person_key", "vault.record_key"),
        "vault.shown_number",
        *("control.webhook_delivery", "control.receipt_person", "control.line_fate"),
    }
)
"""No row is left that names the person. Blind indexes are `handle`: what leads to a subject, digested.

Of a message for a webhook its own id stays, and within an hour nothing else.
"""

STAYS: Final[Mapping[str, str]] = {
    "person.event": "the events of the erasing itself, and what came after it without effect",
    "person.profile": "a stub: that the person was erased",
    "person.erasure": "where the erasing stands, so that everybody is told 410",
    "vault.erased": "so that nothing is sealed of the person again",
    "vault.erasure": "the same, as the vault went through it",
    "control.inquiry": "who asked, ten years (浙江省公共信用信息管理条例 art. 20): no answer is in it",
    "control.access_consent": "whom the person let ask: that an answer of then was rightful",
    "evaluation.person": "a frozen year, which is verified from Kafka: shown to nobody (410)",
    "person.parked": "that messages wait for an operator, who dismisses them",
    "person.outbox": "what is told still: that a list was left; gone once Kafka has it",
    "person.set_aside": "what the broker did not take, until an operator dismisses it",
}
"""The token stays there, and why."""

OF_NOBODY: Final = frozenset(
    {
        *("person.position", "person.publication", "person.reporting", "vault.master"),
        *("vault.known_key", "vault.gone_through", "control.access_contract", "control.access_key"),
        *("control.access_quota", "control.audit", "control.breach", "control.ledger"),
        *("control.ledger_end", "control.projection", "control.query_count", "control.receipt"),
        *("control.refusal", "control.session", "control.submission_position", "control.watcher"),
        *("control.webhook", "control.worker", "evaluation.frozen", "evaluation.region"),
        *("evaluation.organisation", "bulletin.entry", "bulletin.followed"),
    }
)
"""No person is named there: organisations, figures, who asks; receipts hold places and ids."""


def table_named(place: str) -> str:
    """Give a table by its name alone, whatever its version and its partition."""
    schema, _, table = place.partition(".")
    return f"{re.sub('_v[0-9]+$', '', schema)}.{re.sub('_[0-9]+$', '', table)}"


def tables_of(connection: psycopg.Connection[Any]) -> set[str]:
    """Give every table of a database of ours; those of organisations alone are left out."""
    found = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_catalog.pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    named = {table_named(row[0]) for row in found}
    return {each for each in named if not each.startswith("organisation.")}
