"""A legal basis is a citation; what cannot be one is refused, and what is not known is remarked on."""

from __future__ import annotations

import msgspec
import pytest

from events.admission.citations import check_citation, citation_remarks
from events.admission.rejection import Rejection
from events.event import Event, event_type, is_amendment
from events.identity import content
from events.types.amendment import EventDismissed
from tests.support import builders as a
from tests.unit.events.admission.test_admission import checked

ON = a.day("2025-03-01")
CODE = "legal_basis_not_cited"


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("《中华人民共和国行政处罚法》第三十三条", []),
        ("中华人民共和国行政处罚法第33条第二款", []),
        ("APL art. 48; ZJ art. 16", []),
        ("行政处罚法", ["article_not_named"]),
        ("刑法第二百零一条", []),
        ("《某市宠物管理条例》第五条", ["law_unknown"]),
        ("根据有关规定及《义乌市专业市场管理办法》", ["law_unknown", "article_not_named"]),
        ("某部〔2024〕7号", ["law_unknown", "article_not_named"]),
        ("(2025)浙01民初5号民事判决", ["law_unknown", "article_not_named"]),
        ("Rules of the ledger on parked subjects", ["law_unknown", "article_not_named"]),
        ("信用修复管理办法 (国家发展改革委令 2025年第36号) 第八条", ["law_not_in_force"]),
        ("公司登记管理条例第六十八条", ["law_not_in_force"]),
    ],
)
def test_a_citation_is_taken_and_what_is_not_known_of_it_remarked_on(
    text: str, remarks: list[str]
) -> None:
    assert list(check_citation("envelope.legal_basis", text)) == []
    assert list(citation_remarks(text, ON)) == remarks


@pytest.mark.parametrize(
    "text",
    [
        *("x", "。", "无", "-", "0", "法", "《》", "《1》", "依法", "见附件", "同上", "第三十三条"),
        *(
            "有关法律法规规定",
            "相关规定",
            "依据国家有关规定",
            "assumption",
            "样例",
            "???",
            "法律依据",
        ),
        *("违反有关规定", "lawful", "1999", "A 1"),
    ],
)
def test_what_names_no_law_is_refused(text: str) -> None:
    (found,) = check_citation("envelope.legal_basis", text)
    assert (found.code.value, found.field, found.value) == (CODE, "envelope.legal_basis", text)
    assert "《中华人民共和国行政处罚法》第三十三条" in found.rule


def relying_on(event: Event, text: str) -> Event:
    envelope = msgspec.structs.replace(event.envelope, legal_basis=text, event_id="")
    return msgspec.structs.replace(event, envelope=envelope)


ACTS = [event for event in a.one_of_each() if not isinstance(event, EventDismissed)]
"""An operator's word on what stands in the log is no act under a law."""


@pytest.mark.parametrize("event", ACTS, ids=event_type)
def test_every_type_of_event_is_held_to_it_at_admission(event: Event) -> None:
    for text in ("x", "。"):
        refused = checked(relying_on(event, text))
        assert isinstance(refused, Rejection)
        assert CODE in {each.code.value for each in refused.reasons}

    taken = checked(relying_on(event, "《某市宠物管理条例》"))
    assert not isinstance(taken, Rejection), taken
    assert taken.envelope.remarks == ["law_unknown", "article_not_named"]
    known = checked(relying_on(event, "《中华人民共和国行政处罚法》第三十三条"))
    assert not isinstance(known, Rejection)
    assert known.envelope.remarks == []


def test_an_operators_word_cites_no_law_and_is_not_refused_for_it() -> None:
    taken = checked(relying_on(a.a_dismissal(7), "operation of the ledger"))
    assert not isinstance(taken, Rejection), taken
    assert taken.envelope.remarks == []


def test_a_remark_is_admissions_and_changes_neither_id_nor_content() -> None:
    event = a.a_penalty(legal_basis="《某市宠物管理条例》")
    taken = checked(event)
    assert not isinstance(taken, Rejection)
    assert not is_amendment(taken)
    assert content(taken) == content(event)
