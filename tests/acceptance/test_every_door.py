"""One decision in many writings is one record, and what no text may say gets in by no door.

Each case goes in by a file, over HTTP, and as a department's own program puts it on its topic,
where nothing was looked at before admission.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from events.admission.admission import admit
from events.admission.rejection import Rejection
from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import submissions_topic
from events.wire.codec import decode_record
from ops.submission.defaults import defaults_for
from ops.submission.validation import validate
from streams.publishing.producer import create_producer
from tests.support.answers import answer_of
from tests.support.chaos import wait_for
from tests.support.ledger import ends_of, read_refused, rows
from tests.support.odd_messages import on_the_wire
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.types.penalty import PenaltyImposed
    from tests.acceptance.conftest import Ledger
    from tests.support.reporting import ReportingService

pytestmark = pytest.mark.stack
WRITINGS = Path(__file__).parents[1] / "data" / "writings"
MARKET, CATEGORY = "market-zj", "penalty.market"
SUBJECT, NUMBER, FACTS = (
    *("行政相对人代码_1(统一社会信用代码)", "行政处罚决定书文号", "违法事实"),
)
NAME = "行政相对人名称"


def lines_of(file: str) -> list[dict[str, str]]:
    with (WRITINGS / file).open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def by_file(ledger: Ledger, file: str) -> list[str]:
    done = ledger.run(
        *("submit", str(WRITINGS / file), "--department", MARKET, "--category", CATEGORY, "--json")
    )
    (told,) = answer_of(done.stdout)["files"]
    return [each["outcome"] for each in told["became"]]


def over_http(service: ReportingService, file: str) -> list[str]:
    body = (WRITINGS / file).read_bytes()
    told = service.post(body, "text/csv", department=MARKET, category=CATEGORY).json()
    return [each["fate"] for each in service.fates(told["receipt"]).values()]


def as_read(file: str) -> PenaltyImposed:
    """Give the first line of a file as an event, to be written in other ways."""
    rulebook, now = load_rulebook(), datetime.now(UTC)
    defaults = defaults_for(rulebook, department=MARKET, category=CATEGORY)
    line = validate(WRITINGS / file, defaults, rulebook, now).good[0]
    where: dict[str, Any] = {"platform": Platform.ORGANISATION, "department": MARKET}
    event = admit(line.value, submitted_at=now, rulebook=rulebook, **where)
    assert not isinstance(event, Rejection)
    return event  # type: ignore[return-value]


def on_the_topic(ledger: Ledger, events: Sequence[PenaltyImposed]) -> None:
    """Put events on the department's topic, and wait until admission is past them."""
    topic = submissions_topic(Platform.ORGANISATION, MARKET)
    producer = create_producer(ledger.stack.kafka)
    for event in events:
        producer.produce(topic, on_the_wire(event), event.envelope.subject_id.encode())
    producer.flush()
    end = ends_of(ledger.stack.kafka, topic)[0]
    asked = "SELECT next_offset FROM control.submission_position WHERE topic = %s"
    wait_for(
        lambda: rows(ledger.stack.postgres, asked, topic) >= [(end,)],
        AMPLE_S,
        "admission past them",
    )


def recorded(ledger: Ledger, subjects: set[str]) -> int:
    """Count what the journal holds of some subjects."""
    asked = "SELECT count(*) FROM organisation_v1.event WHERE subject_id = ANY(%s)"
    ((count,),) = rows(ledger.stack.postgres, asked, list(subjects))
    return int(count)


def refused(ledger: Ledger) -> list[dict[str, Any]]:
    """Give what was refused of what the department put on its topic, in order."""
    topic = submissions_topic(Platform.ORGANISATION, MARKET)
    told = [decode_record(each.value())[1] for each in read_refused(ledger.stack.kafka)]
    return sorted(
        (each for each in told if each["topic"] == topic), key=lambda each: each["offset"]
    )


@pytest.mark.parametrize("file", ["docno_variants.csv", "docno_kangxi.csv"])
def test_a_decision_in_every_writing_by_every_door_is_one_penalty(
    ledger: Ledger, service: ReportingService, file: str
) -> None:
    lines, event = lines_of(file), as_read(file)
    (subject,) = {line[SUBJECT] for line in lines}
    written = [
        msgspec.structs.replace(
            event, envelope=msgspec.structs.replace(event.envelope, document_no=line[NUMBER])
        )
        for line in lines
    ]
    on_the_topic(ledger, written)
    wait_for(lambda: recorded(ledger, {subject}) == len(lines), AMPLE_S, "the journal has them all")
    assert set(over_http(service, file)) == {"repeat"}
    assert set(by_file(ledger, file)) == {"repeat"}
    profile = ledger.ask("profile", subject)["profile"]
    (record,) = profile["records"]
    assert (record["amount_fen"], profile["anomalies"]) == (1_000_000, {})


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("identity_numbers.csv", "person_data_in_clear"),
        ("bidi.csv", "text_has_control_characters"),
    ],
)
def test_what_no_text_may_say_is_refused_at_every_door_and_stands_on_no_topic(
    ledger: Ledger, service: ReportingService, file: str, code: str
) -> None:
    lines, model = lines_of(file), as_read("docno_kangxi.csv")
    assert set(by_file(ledger, file)) == {"refused"}
    assert set(over_http(service, file)) == {"refused"}
    on_the_topic(
        ledger,
        [
            msgspec.structs.replace(
                model,
                facts=line[FACTS],
                envelope=msgspec.structs.replace(
                    model.envelope,
                    event_id="",
                    subject_id=line[SUBJECT],
                    subject_name=line[NAME],
                    document_no=line[NUMBER],
                ),
            )
            for line in lines
        ],
    )
    told = refused(ledger)[-len(lines) :]
    assert {reason["code"] for each in told for reason in each["reasons"]} == {code}
    assert not [line[FACTS] for line in lines if line[FACTS] in str(told)]
    assert recorded(ledger, {line[SUBJECT] for line in lines}) == 0


def test_a_file_in_gb18030_and_its_copy_in_utf8_are_one_record(
    ledger: Ledger, service: ReportingService
) -> None:
    first = over_http(service, "gb18030_2022.csv")
    assert set(first) <= {"recorded", "repeat"}
    assert by_file(ledger, "gb18030_as_utf8.csv") == ["repeat"]
    assert by_file(ledger, "gb18030_2022.csv") == ["repeat"]
