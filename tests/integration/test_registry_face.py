"""Standard clients, with their defaults, against our face of the Schema Registry."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError

from events.wire.codec import decode_record, encode_record
from events.wire.schemas import SchemaEntry
from projections.http.registry.face import MEDIA_TYPE
from tests.schemas.sampling import sample_of
from tests.support.patience import AMPLE_S
from tests.support.registry import (
    EVENTS,
    LEDGER,
    PENALTY,
    SCHEMAS,
    STRANGER,
    TOPICS,
    error,
    serving,
    value_of,
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as served:
        yield served


@pytest.fixture
def registry(address: str) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": address}) as client:
        yield client


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=AMPLE_S) as client:
        yield client


def has(read: Any, said: Any) -> bool:
    """Say whether a record has all that was said, at every depth; what came later has defaults."""
    if isinstance(said, dict):
        return all(name in read and has(read[name], value) for name, value in said.items())
    return bool(read == said)


@pytest.mark.parametrize("entry", tuple(SCHEMAS), ids=lambda entry: entry.name)
def test_the_default_deserializer_reads_what_our_codec_writes(
    registry: SchemaRegistryClient, entry: SchemaEntry
) -> None:
    # A sample of an older version is written as today's: what that version lacks is its default.
    data = encode_record(entry.record, sample_of(entry))

    read = AvroDeserializer(registry)(data, value_of(TOPICS[entry.topics]))

    assert read == decode_record(data)[1]
    assert has(read, sample_of(entry))


def test_the_deserializer_reads_submissions_of_any_department(
    registry: SchemaRegistryClient,
) -> None:
    data = encode_record(PENALTY.record, sample_of(PENALTY))
    topic = "credit.person.submissions.zj-market.supervision"

    assert AvroDeserializer(registry)(data, value_of(topic)) == sample_of(PENALTY)
    assert AvroDeserializer(registry)(data, None) == sample_of(PENALTY)


SERIALIZERS = {
    "default": {},
    "without registering": {"auto.register.schemas": False},
    "by id": {"auto.register.schemas": False, "use.schema.id": PENALTY.id},
    "by record": {"subject.name.strategy": record_subject_name_strategy},
    "latest of the record": {
        "auto.register.schemas": False,
        "use.latest.version": True,
        "subject.name.strategy": record_subject_name_strategy,
    },
}


@pytest.mark.parametrize("conf", SERIALIZERS.values(), ids=SERIALIZERS)
def test_our_codec_reads_what_the_serializer_writes(
    registry: SchemaRegistryClient, conf: dict[str, Any]
) -> None:
    serialize = AvroSerializer(registry, PENALTY.text, conf=conf)

    data = serialize(sample_of(PENALTY), value_of(LEDGER))

    assert data == encode_record(PENALTY.record, sample_of(PENALTY))
    assert decode_record(data) == (PENALTY, sample_of(PENALTY))


def test_the_latest_version_of_a_topic_is_its_newest_schema_whatever_the_record(
    registry: SchemaRegistryClient,
) -> None:
    # Several records share a topic: who asks for its latest gets the last one published.
    newest = EVENTS[-1]
    conf = {"auto.register.schemas": False, "use.latest.version": True}

    data = AvroSerializer(registry, conf=conf)(sample_of(newest), value_of(LEDGER))

    assert decode_record(data) == (newest, sample_of(newest))
    reading = AvroDeserializer(registry, conf={"use.latest.version": True})
    assert reading(data, value_of(LEDGER)) == sample_of(newest)


def test_a_schema_that_is_not_published_is_never_registered(
    registry: SchemaRegistryClient,
) -> None:
    serialize = AvroSerializer(registry, json.dumps(STRANGER))

    with pytest.raises(SchemaRegistryError) as refused:
        serialize({}, value_of(LEDGER))

    assert (refused.value.http_status_code, refused.value.error_code) == (422, 42205)


@pytest.mark.parametrize(
    "subject",
    [
        f"{LEDGER}-value",
        "credit.person.events.v1-value",
        "credit.organisation.submissions.zj-tax-value",
        "credit.person.submissions.法院.杭州-value",
    ],
)
def test_event_topics_list_every_event_type_as_versions(http: httpx.Client, subject: str) -> None:
    assert http.get(f"/subjects/{subject}/versions").json() == list(range(1, len(EVENTS) + 1))

    for number, entry in enumerate(EVENTS, 1):
        described = http.get(f"/subjects/{subject}/versions/{number}").json()
        assert described == {
            "subject": subject,
            "version": number,
            "id": entry.id,
            "schema": entry.text,
        }


@pytest.mark.requirement(80, at="http")
@pytest.mark.parametrize("record", sorted({entry.record for entry in SCHEMAS}))
def test_every_record_is_a_subject_of_its_own(http: httpx.Client, record: str) -> None:
    latest = http.get(f"/subjects/{record}/versions/latest").json()

    assert latest["id"] == SCHEMAS.current(record).id
    assert latest["version"] == len(SCHEMAS.history(record))
    assert http.get(f"/subjects/{record}/versions/-1").json() == latest


def test_an_answer_by_id_names_no_type_and_ignores_the_subject(http: httpx.Client) -> None:
    answer = http.get(
        f"/schemas/ids/{PENALTY.id}", params={"subject": "elsewhere", "fetchMaxId": "false"}
    )

    assert answer.json() == {"schema": PENALTY.text}
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert http.get(f"/schemas/ids/{PENALTY.id}/schema").json() == json.loads(PENALTY.text)


CONSOLE = {
    "/": {},
    "/schemas/types": ["AVRO"],
    "/contexts": ["."],
    "/config": {"compatibilityLevel": "FULL_TRANSITIVE"},
    f"/config/{LEDGER}-value?defaultToGlobal=true": {"compatibilityLevel": "FULL_TRANSITIVE"},
    "/mode": {"mode": "READONLY"},
    f"/mode/{LEDGER}-value?defaultToGlobal=true": {"mode": "READONLY"},
    f"/subjects/{LEDGER}-value/versions/1/referencedby": [],
    f"/associations/resources/-/{LEDGER}?resourceType=topic&associationType=value": [],
    "/v1/metadata/id": {"scope": {"path": [], "clusters": {}}, "id": "credit-ledger"},
}


@pytest.mark.parametrize(("path", "expected"), CONSOLE.items())
def test_consoles_find_what_they_ask_for(http: httpx.Client, path: str, expected: Any) -> None:
    answer = http.get(path)

    assert (answer.status_code, answer.json()) == (200, expected)
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_consoles_can_walk_from_subjects_to_schemas_and_back(http: httpx.Client) -> None:
    subjects = http.get("/subjects").json()
    everything = http.get("/schemas").json()

    assert {each["subject"] for each in everything} == set(subjects)
    assert {each["id"] for each in everything} == {entry.id for entry in SCHEMAS}
    expected = {f"{topic}-value" for topic in TOPICS.values()} | {PENALTY.record}
    assert expected <= set(subjects)
    using = http.get(f"/schemas/ids/{PENALTY.id}/versions").json()
    assert using == [
        {"subject": each["subject"], "version": each["version"]}
        for each in everything
        if each["id"] == PENALTY.id
    ]
    assert http.get(f"/schemas/ids/{PENALTY.id}/subjects").json() == [
        each["subject"] for each in using
    ]


MISSING = {
    "/schemas/ids/999": (404, 40403),
    "/schemas/ids/999/versions": (404, 40403),
    f"/schemas/ids/{'9' * 5000}": (404, 40403),
    "/schemas/ids/-1": (404, 40403),
    "/subjects/nothing/versions": (404, 40401),
    "/subjects/nothing/versions/1": (404, 40401),
    "/subjects/credit.person.events.v2-value/versions": (404, 40401),
    "/subjects/credit.group.events.v1-value/versions": (404, 40401),
    f"/subjects/{LEDGER}-key/versions": (404, 40401),
    "/subjects/credit.person.submissions.-value/versions": (404, 40401),
    f"/subjects/{LEDGER}-value/versions/99": (404, 40402),
    f"/subjects/{LEDGER}-value/versions/99/referencedby": (404, 40402),
    f"/subjects/{LEDGER}-value/versions/0": (422, 42202),
    f"/subjects/{LEDGER}-value/versions/first": (422, 42202),
    f"/config/{LEDGER}-value": (404, 40408),
    f"/mode/{LEDGER}-value": (404, 40409),
}


@pytest.mark.parametrize(("path", "expected"), MISSING.items(), ids=range(len(MISSING)))
def test_what_is_not_there_has_the_registrys_own_error_code(
    http: httpx.Client, path: str, expected: tuple[int, int]
) -> None:
    assert error(http.get(path)) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/config"),
        ("PUT", f"/config/{LEDGER}-value"),
        ("DELETE", f"/config/{LEDGER}-value"),
        ("PUT", "/mode"),
        ("PUT", f"/mode/{LEDGER}-value"),
        ("DELETE", f"/subjects/{LEDGER}-value"),
        ("DELETE", f"/subjects/{LEDGER}-value/versions/1"),
    ],
)
def test_nothing_can_be_written(http: httpx.Client, method: str, path: str) -> None:
    assert error(http.request(method, path)) == (422, 42205)


@pytest.mark.parametrize(
    "path",
    [
        "/subjects/{}/versions",
        f"/subjects/{LEDGER}-credit.PenaltyImposed/versions/{{}}",
        "/schemas/ids/{}",
        "/config/{}",
        "/mode/{}",
    ],
)
def test_no_refusal_repeats_what_may_be_a_person_s_number(address: str, path: str) -> None:
    number = "330106199001010018"
    told = httpx.get(address + path.format(number), timeout=AMPLE_S)
    assert (told.is_client_error, number in told.text) == (True, False), told.text
