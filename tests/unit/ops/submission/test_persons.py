"""Natural persons as departments report them: by number and name, none of it behind the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from events.admission.rejection import RejectionReason as Why
from events.envelope import Platform
from events.identifiers import identity_number, is_person_token
from events.rules.rulebook import load_rulebook
from events.sealing.form import SealSuite, looks_sealed
from events.types.penalty import PenaltyImposed
from ops.submission.defaults import defaults_for
from ops.submission.validation import Validated, validate
from ops.vault.door import CheckingDoor
from tests.unit.ops.submission.conftest import NOW

if TYPE_CHECKING:
    from ops.submission.defaults import Defaults

NUMBER, NAME = "330106190001010017", "测某某"
HEAD = (
    "行政相对人名称,行政相对人类别,行政相对人代码_1(统一社会信用代码),证件类型,证件号码,行政处罚决定书文号,"
    "违法行为类型,违法事实,处罚依据,处罚类别,处罚内容,罚款金额(万元),处罚决定日期,公示截止期,处罚机关"
)
DOOR = CheckingDoor(SealSuite.INTL)


def line(**cells: str) -> str:
    told = {
        "name": NAME,
        "class": "自然人",
        "code": "",
        "kind": "身份证",
        "number": NUMBER,
        "no": "杭罚〔2024〕1号",
        "violation": "无照经营",
        "facts": "当事人夜间摆摊",
        "law": "《中华人民共和国食品安全法》第一百二十二条",
        "kinds": "罚款",
        "content": "罚款",
        "fine": "0.05",
        "day": "2024-03-04",
        "until": "",
        "by": "浙江省市场监督管理局",
        **cells,
    }
    return ",".join(told.values())


def read(text: str, defaults: Defaults, name: str = "a.csv") -> Validated:
    return validate(text.encode(), defaults, load_rulebook(), NOW, name=name, door=DOOR)


def reasons(found: Validated) -> list[tuple[str, str, str]]:
    return [(each.code, each.field, each.value) for bad in found.bad for each in bad.reasons]


def test_the_official_form_with_a_natural_person_is_taken(market: Defaults) -> None:
    (good,) = read(f"{HEAD}\n{line()}\n", market).good

    penalty = good.event
    assert isinstance(penalty, PenaltyImposed)
    assert good.platform is Platform.PERSON
    assert is_person_token(penalty.envelope.subject_id)
    assert penalty.envelope.subject_id == DOOR.token(NUMBER)
    assert penalty.fine_fen == 50_000
    texts = (penalty.envelope.subject_name, penalty.facts, penalty.violation, penalty.content)
    assert all(looks_sealed(text or "") for text in texts)
    for clear in (NUMBER, NAME, "摆摊"):
        assert clear.encode() not in good.value


@pytest.mark.parametrize(
    "cells",
    [
        {"number": "33010619000101001 7"},
        {"number": "３３０１０６１９０００１０１００１７"},
        {"number": "330106000101001"},
        {"number": "", "code": NUMBER},
        {"kind": ""},
        {"kind": "居民身份证"},
    ],
)
def test_one_person_is_one_subject_however_the_number_is_written(
    cells: dict[str, str], market: Defaults
) -> None:
    found = read(f"{HEAD}\n{line(**cells)}\n", market)

    assert found.bad == []
    assert found.good[0].event.envelope.subject_id == DOOR.token(NUMBER)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"number": "330106190001010018"}, (Why.IDENTITY_NUMBER_WRONG, "证件号码")),
        ({"number": "330203190002290010"}, (Why.IDENTITY_NUMBER_WRONG, "证件号码")),
        ({"number": "3.30106E+17"}, (Why.VALUE_NOT_ALLOWED, "证件号码")),
        ({"number": NAME}, (Why.IDENTITY_NUMBER_WRONG, "证件号码")),
        ({"number": ""}, (Why.SUBJECT_MISSING, "subject_number")),
        ({"kind": "护照"}, (Why.VALUE_NOT_ALLOWED, "证件类型")),
        ({"number": "330106201506010017"}, (Why.IDENTITY_NUMBER_WRONG, "证件号码")),
        ({"number": identity_number("33010620150601001")}, (Why.PERSON_IS_MINOR, "subject_number")),
        ({"facts": "当事人患有艾滋病病史"}, (Why.PERSONAL_DATA_FORBIDDEN, "违法事实")),
        ({"facts": "当事人年收入约八万元"}, (Why.PERSONAL_DATA_WITHOUT_CONSENT, "违法事实")),
        ({"facts": "其名下房产两套"}, (Why.PERSONAL_DATA_WITHOUT_CONSENT, "违法事实")),
        ({"facts": f"{NAME}，身份证号{NUMBER}"}, (Why.PERSON_DATA_IN_CLEAR, "违法事实")),
        ({"day": NAME}, (Why.DATE_IMPOSSIBLE, "处罚决定日期")),
        ({"fine": NAME}, (Why.AMOUNT_MALFORMED, "罚款金额(万元)")),
        ({"kinds": NAME}, (Why.VALUE_NOT_ALLOWED, "处罚类别")),
        ({"law": NAME}, (Why.LEGAL_BASIS_NOT_CITED, "处罚依据")),
        ({"day": "2034-03-04"}, (Why.DATE_IN_FUTURE, "处罚决定日期")),
    ],
)
def test_what_is_wrong_of_a_person_is_named_and_nothing_of_it_repeated(
    cells: dict[str, str], told: tuple[str, str], market: Defaults
) -> None:
    found = read(f"{HEAD}\n{line(**cells)}\n", market)

    assert told in [(code, field) for code, field, _ in reasons(found)]
    shown = msgspec.json.encode(found.bad).decode()
    for clear in (NUMBER, NAME, "摆摊", "艾滋病", *(cells.get("number", "") or "-",)):
        if clear != "-":
            assert clear not in shown


@pytest.mark.parametrize(
    "facts", ["经本人书面同意，采集其年收入八万元", "没收违法所得及违法收入", "查封不动产一处"]
)
def test_what_a_person_consented_to_in_writing_and_what_needs_no_consent_is_taken(
    facts: str, market: Defaults
) -> None:
    found = read(f"{HEAD}\n{line(facts=facts)}\n", market)

    assert (found.bad, len(found.good)) == ([], 1)


def test_of_an_organisation_the_number_of_a_person_is_read_over(market: Defaults) -> None:
    organisation = {"class": "法人及非法人组织", "code": "91330100PDY000028X"}

    (good,) = read(f"{HEAD}\n{line(**organisation)}\n", market).good

    assert good.platform is Platform.ORGANISATION
    assert NUMBER.encode() not in good.value


def test_json_has_the_number_in_place_of_the_subject(market: Defaults) -> None:
    record = {
        "event_type": "PenaltyImposed",
        "subject_number": NUMBER,
        "subject_name": NAME,
        "document_no": "杭罚〔2024〕1号",
        "occurred_on": "2024-03-04",
        "legal_basis": "《中华人民共和国食品安全法》第一百二十二条",
        "kinds": ["fine"],
        "fine_fen": 5_000,
    }

    (good,) = read(msgspec.json.encode(record).decode(), market, "a.ndjson").good
    both = {**record, "subject_id": "91330100PDY000028X"}
    as_number = {**record, "subject_number": int(NUMBER)}

    assert good.event.envelope.subject_id == DOOR.token(NUMBER)
    for bad in (both, as_number):
        found = read(msgspec.json.encode(bad).decode(), market, "a.ndjson")
        assert [(code, field) for code, field, _ in reasons(found)] == [
            (Why.VALUE_NOT_ALLOWED, "subject_number")
        ]
        assert NUMBER not in msgspec.json.encode(found.bad).decode()


def test_a_heading_that_may_be_a_name_is_not_repeated(market: Defaults) -> None:
    text = msgspec.json.encode({"subject_number": NUMBER, NAME: "x"}).decode()
    twice = f'{{"{NAME}": 1, "{NAME}": 2}}'
    broken = f'{{"subject_number": "{NUMBER}", "subject_name": "{NAME}'

    for bad in (text, twice, broken):
        found = read(bad, market, "a.ndjson")
        assert found.bad
        assert NAME not in msgspec.json.encode(found.bad).decode()
        assert NUMBER not in msgspec.json.encode(found.bad).decode()


def test_the_same_person_twice_under_one_number_is_told_as_any_other(market: Defaults) -> None:
    text = f"{HEAD}\n{line()}\n{line()}\n{line(facts='别的事实')}\n"

    found = read(text, market)

    assert (len(found.good), len(found.repeated), len(found.bad)) == (1, 1, 1)
    assert NAME not in msgspec.json.encode(found.bad).decode()


def test_another_party_is_named_by_the_token_too() -> None:
    record = {
        "event_type": "RelationRecorded",
        "category": "relation",
        "subject_id": "91330100PDY000028X",
        "document_no": "登记1",
        "occurred_on": "2024-03-04",
        "legal_basis": "《中华人民共和国市场主体登记管理条例》第八条",
        "role": "legal_representative",
        "other": NUMBER,
    }
    defaults = defaults_for(load_rulebook(), department="market-zj", category="relation")

    (good,) = read(msgspec.json.encode(record).decode(), defaults, "a.ndjson").good

    assert good.event.other == DOOR.token(NUMBER)  # type: ignore[union-attr]
    assert NUMBER.encode() not in good.value
