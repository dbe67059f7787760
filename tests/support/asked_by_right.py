"""Everybody who may ask, and what the service answers each."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.envelope import Platform
from events.rules.access import Purpose, Role
from projections.access.asker import Asker, Contract
from projections.access.consents import Consent
from projections.http.asking.desk import ReceiptTold
from projections.http.routes import ROUTES
from projections.http.stream import STREAMS_MAX
from tests.support import builders as a
from tests.support.asking import GateOfTests, client_of, noon
from tests.support.described import is_documented
from tests.support.questions import ask_route, is_ours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.applications import Starlette

    from projections.http.asking.asked import Row

TODAY: Final = date(2026, 6, 15)
REFUSALS: Final = {
    "unauthenticated": "u",
    "person_never_public": "n",
    "not_own": "x",
    "purpose_missing": "m",
    "purpose_not_of_role": ".",
    "outside_region": "r",
    "contract_missing": "k",
    "consent_missing": "c",
    "quota_used": "q",
}
VIEWS: Final = {"public": "P", "agency": "G", "shared": "S", "own": "O", "whole": "W"}


class Column(NamedTuple):
    """Who asks, by which key, what is said with it, and what of a path differs."""

    key: str | None
    headers: Mapping[str, str] = MappingProxyType({})
    filled: Mapping[str, str] = MappingProxyType({})


def _agency(name: str, *contracts: Contract) -> Asker:
    return Asker(role=Role.AGENCY, organisation=name, contracts=contracts, key_id=name)


LENDING: Final = Contract(contract_id="c", purposes=(Purpose.LENDING,), start=date(2026, 1, 1))
OVER: Final = msgspec.structs.replace(LENDING, end=date(2026, 6, 1))
USED: Final = msgspec.structs.replace(LENDING, contract_id="used", a_day=0)
AGREED: Final = msgspec.structs.replace(LENDING, purposes=(Purpose.SUPERVISION,))
SUPERVISION: Final = {"Credit-Purpose": "supervision"}
LENDS: Final = {"Credit-Purpose": "lending"}
OF_TAX: Final = {"department": "tax-zj", "receipt": "tax-zj"}
COLUMNS: Final = {
    "pub": Column(None),
    "bad": Column("crl_none"),
    "own": Column("itself"),
    "oth": Column("another"),
    "dep": Column("market"),
    "sup": Column("market", SUPERVISION),
    "for": Column("market", SUPERVISION, OF_TAX),
    "len": Column("market", LENDS),
    "bas": Column("market", {**SUPERVISION, "Credit-Basis": "ZJ 21"}),
    "sta": Column("market", {"Credit-Purpose": "statistics"}),
    "qua": Column("market", {"Credit-Purpose": "quality"}),
    "cen": Column("centre", {"Credit-Purpose": "quality"}, OF_TAX),
    "reg": Column("hangzhou", SUPERVISION),
    "out": Column("ningbo", SUPERVISION),
    "nop": Column("hangzhou"),
    "noc": Column("bare", LENDS),
    "con": Column("unconsented", LENDS),
    "giv": Column("given", LENDS),
    "wdr": Column("withdrawn", LENDS),
    "ran": Column("ran-out", LENDS),
    "ovr": Column("over", LENDS),
    "pur": Column("given", {"Credit-Purpose": "employment"}),
    "quo": Column("used", LENDS),
    "pro": Column("shanghai", SUPERVISION),
    "agr": Column("agreed", SUPERVISION),
    "aud": Column("auditor"),
    "opr": Column("operator"),
}


def the_gate() -> GateOfTests:
    """Give a gate that knows everybody who asks, and what was consented to."""
    market = Asker(role=Role.DEPARTMENT, organisation="market-zj", key_id="market")
    supervisor = Asker(role=Role.REGION, region="330100", key_id="hangzhou")
    province = Asker(role=Role.PROVINCE, organisation="shanghai", key_id="shanghai")
    own = [
        Asker(role=Role.SUBJECT, organisation=each, key_id="itself")
        for each in (a.SUBJECT, a.PERSON)
    ]
    gate = GateOfTests(
        itself=own[0],
        itself_person=own[1],
        another=Asker(role=Role.SUBJECT, organisation=a.OTHER_SUBJECT, key_id="another"),
        market=market,
        centre=msgspec.structs.replace(market, organisation="credit-zj"),
        hangzhou=supervisor,
        ningbo=msgspec.structs.replace(supervisor, region="330200"),
        bare=_agency("bare"),
        unconsented=_agency("unconsented", LENDING),
        given=_agency("given", LENDING),
        withdrawn=_agency("withdrawn", LENDING),
        ran_out=_agency("ran-out", LENDING),
        over=_agency("over", OVER),
        used=_agency("used", USED),
        shanghai=province,
        agreed=msgspec.structs.replace(province, contracts=(AGREED,)),
        auditor=Asker(role=Role.AUDITOR, key_id="auditor"),
        operator=Asker(role=Role.OPERATOR, key_id="operator"),
    )
    for whom, more in (
        ("bare", {}),
        ("given", {}),
        ("over", {}),
        ("used", {}),
        ("withdrawn", {"withdrawn": True}),
        ("ran-out", {"until": date(2026, 6, 15)}),
    ):
        consent = Consent(
            consent_id=whom,
            platform=Platform.PERSON,
            subject_id=a.PERSON,
            organisation=whom,
            purpose=Purpose.LENDING,
            since=date(2026, 1, 1),
            until=date(2027, 1, 1),
        )
        gate.given.append(msgspec.structs.replace(consent, **more))
    return gate


class OfDepartment(NamedTuple):
    """A receipt, of which only is known whose it is."""

    department: str


class DeskOfReceipts:
    """A desk whose receipts are called by the department that handed in; it keeps nothing."""

    erasing: Any = SimpleNamespace(request=None, approve=None, cancel=None)

    def receipt(self, _connection: Any, receipt_id: str) -> OfDepartment:
        return OfDepartment(receipt_id)

    def token(self, _number: str) -> str:
        return a.PERSON

    def became(self, _connection: Any, given: OfDepartment) -> ReceiptTold:
        return ReceiptTold("r", given.department, noon(TODAY)(), "a.csv", [])

    def __getattr__(self, _name: str) -> Any:
        return lambda *_, **__: None


class Asking:
    """The running service, and who asked last."""

    def __init__(self, app: Starlette, gate: GateOfTests) -> None:
        self.app, self.gate = app, gate
        app.state.streams.open = STREAMS_MAX  # What is given of a stream is that it is too much.

    def letter(self, row: Row, platform: Platform, column: Column) -> str:
        """Ask, and say what came of it by its letter."""
        is_person = platform is Platform.PERSON
        key = f"{column.key}-person" if is_person and column.key == "itself" else column.key
        subject = {"subject": a.PERSON if is_person else a.SUBJECT, "platform": platform.value}
        filled = {"receipt": "market-zj", **subject, **column.filled}
        self.gate.inquiries.clear()
        answer = ask_route(client_of(self.app, key), row, filled, column.headers)
        told = answer.json() if "json" in answer.headers["content-type"] else {}
        is_documented(row, answer)
        code = told.get("code") if isinstance(told, dict) and "rule" in told else None
        (inquiry, *more) = self.gate.inquiries or (None,)
        assert all(inquiry is not None and each.view == inquiry.view for each in more)
        if code in REFUSALS:
            assert inquiry is None or inquiry.outcome == code
            return REFUSALS[code]
        if inquiry is not None:
            return VIEWS[str(inquiry.view)]
        assert answer.status_code not in {401, 403}, answer.text
        is_public = code == "nothing_public" or (isinstance(told, dict) and "view" in told)
        return "p" if is_public else "+"

    def letters(self, route: str, platform: Platform, columns: Sequence[str]) -> dict[str, str]:
        """Ask a route by some columns."""
        row = BY_ROUTE[route]
        return {name: self.letter(row, platform, COLUMNS[name]) for name in columns}


BY_ROUTE: Final = {f"{row.methods[0]} {row.path}": row for row in ROUTES if is_ours(row)}
