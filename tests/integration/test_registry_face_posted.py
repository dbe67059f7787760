"""A schema that a client posts is compared as parsed, with those of the topics that carry it; nothing is registered."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from events.wire.schemas import SchemaList
from projections.http.registry.subjects import SchemaSubjects, shape_of
from tests.support.patience import AMPLE_S
from tests.support.registry import (
    EVENTS,
    LEDGER,
    PENALTY,
    STRANGER,
    error,
    sent,
    serving,
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as served:
        yield served


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=AMPLE_S) as client:
        yield client


def without_short_names(schema: Any) -> Any:
    """Spell a schema as another parser might: full names, and keys in another order."""
    if isinstance(schema, list):
        return [without_short_names(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    spelt = {key: without_short_names(value) for key, value in reversed(schema.items())}
    if schema.get("type") in ("record", "enum"):
        spelt.pop("namespace", None)
        spelt["name"] = f"credit.{schema['name']}"
    return spelt


def test_a_posted_schema_is_compared_parsed_and_not_as_text(http: httpx.Client) -> None:
    other = sent(without_short_names(json.loads(PENALTY.text)))
    undocumented = sent(json.dumps(json.loads(PENALTY.text)).replace("Fine in fen", "Fine"))

    for body in (sent(PENALTY.text), other, undocumented):
        looked_up = http.post(f"/subjects/{LEDGER}-value?normalize=False&deleted=True", json=body)
        assert looked_up.json() == {
            "subject": f"{LEDGER}-value",
            "version": EVENTS.index(PENALTY) + 1,
            "id": PENALTY.id,
            "schema": PENALTY.text,
        }
        registered = http.post(f"/subjects/{LEDGER}-value/versions", json=body)
        assert (registered.status_code, registered.json()) == (200, {"id": PENALTY.id})


def test_of_equal_schemas_the_newest_counts_and_of_alike_ones_the_equal() -> None:
    reworded = PENALTY.text.replace("Fine in fen", "The fine in fen")
    alike = replace(PENALTY, id=90_001, text=reworded)
    again = replace(PENALTY, id=90_002)
    history = (PENALTY, again, alike)
    subjects = SchemaSubjects(SchemaList(history), ())

    assert subjects.recognise(shape_of(PENALTY.text), history) is again
    assert subjects.recognise(shape_of(reworded), history) is alike
    unseen = shape_of(PENALTY.text.replace("Fine in fen", "Fine"))
    assert subjects.recognise(unseen, history) is alike
    assert subjects.recognise(shape_of(json.dumps(STRANGER)), history) is None


def test_a_schema_belongs_only_to_the_topics_that_carry_it(http: httpx.Client) -> None:
    profiles = "/subjects/credit.organisation.profiles.v1-value"

    assert error(http.post(profiles, json=sent(PENALTY.text))) == (404, 40403)
    assert error(http.post(f"{profiles}/versions", json=sent(PENALTY.text))) == (422, 42205)
    assert error(http.post("/subjects/nothing", json=sent(PENALTY.text))) == (404, 40401)
    assert error(http.post("/subjects/nothing/versions", json=sent(STRANGER))) == (422, 42205)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"{",
        b"\xff",
        b'{"schema": 1}',
        b'{"schema": "{"}',
        b'{"schema": "\\"credit.Nowhere\\""}',
        b'{"schema": "{\\"type\\": \\"record\\"}"}',
        b'{"schema": "\\"int\\"", "schemaType": "PROTOBUF"}',
        b'{"schema": "' + b"[" * 50_000 + b'"}',
        b"[" * 200_000,
        b'{"schema": "\\"int\\"' + b" " * 300_000 + b'"}',
    ],
    ids=range(13),
)
def test_what_is_no_schema_is_refused(http: httpx.Client, body: bytes) -> None:
    for path in (f"/subjects/{LEDGER}-value", f"/subjects/{LEDGER}-value/versions"):
        assert error(http.post(path, content=body)) == (422, 42201)


def test_compatibility_is_asked_of_the_records_own_history(http: httpx.Client) -> None:
    schema = json.loads(PENALTY.text)
    schema["fields"].append({"name": "judge", "type": ["null", "string"], "default": None})
    later = sent(schema)
    schema["fields"][-1].pop("default")
    broken = sent(schema)
    base = f"/compatibility/subjects/{LEDGER}-value/versions"

    assert http.post(base, json=later).json() == {"is_compatible": True}
    answer = http.post(f"{base}?verbose=true", json=broken).json()
    assert answer["is_compatible"] is False
    assert "judge" in answer["messages"][0]
    of_penalty = f"/compatibility/subjects/{PENALTY.record}/versions/latest"
    assert http.post(of_penalty, json=later).json() == {"is_compatible": True}
    assert http.post(of_penalty, json=sent(STRANGER)).json() == {"is_compatible": False}
    assert http.post(base, json=sent('"int"')).json() == {"is_compatible": True}
    assert error(http.post(f"{base}/99", json=later)) == (404, 40402)
    assert error(http.post("/compatibility/subjects/x/versions", json=later)) == (404, 40401)
