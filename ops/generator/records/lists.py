"""Lists that give notice first: the notice, the defence, the entry, and the removal from any."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from events.types.listing import DefenceMade, ListEntered, ListNoticeGiven, ListRemoved
from ops.generator.chance import pick
from ops.generator.forms import EARLY, DocumentForm, pick_on
from ops.generator.kinds import SlotKind
from ops.generator.subjects import person_token_at

if TYPE_CHECKING:
    from ops.generator.envelopes import Envelopes
    from ops.generator.signatures import Followers, Openers
    from ops.generator.slots import HistorySlot

_DEFENCE_DAYS: Final = 15
_WAIVED_OF_8: Final = 3


class _List(NamedTuple):
    """A list: its form, its grounds as often as they are met, its term in months."""

    code: str
    form: DocumentForm
    grounds: tuple[str, ...]
    term_months: int = 36
    since: date = EARLY


def _list(
    department: str, code: str, mark: str, grounds: tuple[str, ...], since: date = EARLY
) -> _List:
    return _List(code, DocumentForm(department, f"list.{code}", mark), grounds, since=since)


_TAX: Final = _List(
    "major_tax_violator",
    DocumentForm(
        "tax-zj",
        "list.major_tax_violator",
        "税失信告",
        "《重大税收违法失信主体信息公布管理办法》第六条",
        office="市税务局",
    ),
    (
        *(*("evasion",) * 5, *("false_vat_invoices",) * 6, *("false_invoices",) * 2),
        *("fled", "fled", "refund_fraud", "hides_assets", "other"),
    ),
    since=date(2022, 2, 1),
)
_LISTS: Final = (
    _list("ecology-zj", "environment", "环失信", ("grave_pollution", "false_monitoring", "other")),
    *(_TAX,) * 3,
    _list(
        "market-zj",
        "market_serious",
        "市监失信",
        ("food", "drug", "special_equipment", "consumer", "competition"),
        date(2021, 9, 1),
    ),
    _list(
        "labour-zj",
        "wage_arrears",
        "人社失信",
        ("amount_of_crime", "mass_incident"),
        date(2022, 1, 1),
    ),
    _list("emergency-zj", "work_safety", "应急失信", ("penalised_and_vile",), date(2023, 10, 1)),
    _list("labour-zj", "social_insurance", "社保失信", ("contributions_unpaid", "other")),
    _list("transport-zj", "transport", "交运失信", ("serious_violation", "other")),
    _list("construction-zj", "construction", "建失信", ("wages_unpaid", "collusion", "other")),
    _list("finance-zj", "procurement", "采失信", ("false_materials", "collusion", "bribery")),
)
_UNANNOUNCED: Final = (
    _List(
        "tax_abnormal", DocumentForm("tax-zj", "list.tax_abnormal", "税非正"), ("unreachable",), 0
    ),
    *(
        _List(
            "abnormal_operation",
            DocumentForm("market-zj", "list.abnormal_operation", "市监异"),
            ("no_annual_report", "no_annual_report", "unreachable", "false_disclosure"),
            0,
            date(2014, 10, 1),
        ),
    )
    * 3,
    *(_TAX,) * 2,
)
"""What is entered without notice: what the law lets be, and some that should have had it."""

_REMOVALS: Final = ("performed", "performed", "performed", "settled", "term_over", "repaired")


def _noticed(make: Envelopes, slot: HistorySlot) -> ListNoticeGiven:
    bits = slot.bits >> 160
    listed = pick_on(_LISTS, bits, make.day(slot))
    envelope = make.envelope(slot, "ListNoticeGiven", listed.form, date_known=True)
    until = make.after(slot, _DEFENCE_DAYS)
    return ListNoticeGiven(envelope, listed.code, pick(listed.grounds, bits >> 16), until)


def _heard(make: Envelopes, slot: HistorySlot, about: ListNoticeGiven) -> DefenceMade:
    bits = slot.bits >> 160
    waived = bits & 7 < _WAIVED_OF_8
    said = not waived and not slot.subject.is_person
    envelope = make.amending(slot, about, mark="申辩")
    return make.identified(
        DefenceMade(envelope, about.envelope.event_id, waived, "事实认定有误" if said else None)
    )


def _listed(make: Envelopes, slot: HistorySlot) -> ListEntered:
    bits = slot.bits >> 160
    listed = pick_on(_UNANNOUNCED, bits, make.day(slot))
    return _entered(make, slot, listed, pick(listed.grounds, bits >> 16), None)


def _listed_after(make: Envelopes, slot: HistorySlot, about: ListNoticeGiven) -> ListEntered:
    listed = next(each for each in _LISTS if each.code == about.list)
    return _entered(make, slot, listed, about.ground, about)


def _entered(
    make: Envelopes, slot: HistorySlot, listed: _List, ground: str, notice: ListNoticeGiven | None
) -> ListEntered:
    subject, bits = slot.subject, slot.bits >> 160
    envelope = make.envelope(slot, "ListEntered", listed.form, date_known=True)
    # Some name the notice by its number, some only by its day.
    named = notice is not None and bits >> 60 & 3
    return ListEntered(
        envelope,
        listed.code,
        ground,
        notified_on=notice.envelope.occurred_on if notice else None,
        term_months=listed.term_months or None,
        notice_no=notice.envelope.document_no if notice and named else None,
        responsible=() if subject.is_person else (person_token_at(subject.head),),
    )


def _delisted(make: Envelopes, slot: HistorySlot, about: ListEntered) -> ListRemoved:
    envelope = make.amending(slot, about, mark="移出")
    removal = pick(_REMOVALS, slot.bits >> 160)
    return make.identified(ListRemoved(envelope, about.envelope.event_id, removal))


OPENERS: Final[Openers] = {SlotKind.NOTICED: _noticed, SlotKind.LISTED: _listed}
FOLLOWERS: Final[Followers] = {
    SlotKind.HEARD: (ListNoticeGiven, _heard),
    SlotKind.LISTED: (ListNoticeGiven, _listed_after),
    SlotKind.DELISTED: (ListEntered, _delisted),
}
