"""What clients of a schema registry send, ask for and miss."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from confluent_kafka.serialization import MessageField, SerializationContext
from starlette.applications import Starlette

from events.wire.schemas import load_schemas
from projections.http.registry.face import MEDIA_TYPE, registry_routes
from tests.support.asking import running

SCHEMAS = load_schemas()
EVENTS = SCHEMAS.for_topic("events")
PENALTY = SCHEMAS.current("credit.PenaltyImposed")
LEDGER = "credit.organisation.events.v1"
WARNINGS = "credit.organisation.warnings.330100"
TOPICS = {
    "events": LEDGER,
    "rejections": "credit.person.rejections.market-zj",
    "profiles": "credit.organisation.profiles.v1",
    "patches": "credit.person.patches.v1",
    "lists": "credit.person.lists.v1",
    "warnings": WARNINGS,
    "duties": "credit.organisation.duties.v1",
    "inquiries": "credit.person.inquiries.v1",
    "access": "credit.access.v1",
}
STRANGER = {"type": "record", "name": "credit.Rumour", "fields": []}


@contextmanager
def serving() -> Iterator[str]:
    """Serve the registry alone on a free loopback port."""
    routes = registry_routes(SCHEMAS, open_topics=[WARNINGS, TOPICS["rejections"]])
    with running(Starlette(routes=routes), lifespan="off") as address:
        yield address


def value_of(topic: str) -> SerializationContext:
    return SerializationContext(topic, MessageField.VALUE)


def sent(schema: Any) -> dict[str, Any]:
    return {"schema": schema if isinstance(schema, str) else json.dumps(schema)}


def error(response: httpx.Response) -> tuple[int, int]:
    body = response.json()
    assert set(body) == {"error_code", "message"}
    assert response.headers["content-type"] == MEDIA_TYPE
    return response.status_code, body["error_code"]
