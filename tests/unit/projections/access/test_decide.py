"""Who may be given what: the answers are written by hand from the rights of the domain, not read off the policy."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Final

import msgspec
import pytest

from events.envelope import Platform
from events.rules.access import Gives, Purpose, Role, View, load_access_policy
from projections.access.asker import (
    PUBLIC_ASKER,
    AccessPermit,
    AccessRefusal,
    Asker,
    ConsentState,
    Contract,
    RefusalCode,
    Wanted,
)
from projections.access.decide import WITHOUT_A_ROW, decide

TODAY: Final = date(2026, 11, 28)
POLICY: Final = load_access_policy()
FIRM: Final = "913300000000000011"
OTHER: Final = "913300000000000022"
HANGZHOU: Final = "330100"

_FOR_LENDING: Final = Contract(
    contract_id="c-1", purposes=(Purpose.LENDING,), start=date(2026, 1, 1)
)
_OVER: Final = Contract(
    contract_id="c-2",
    purposes=(Purpose.LENDING,),
    start=date(2025, 1, 1),
    end=date(2026, 1, 1),
)
_AGREED: Final = Contract(
    contract_id="sh-1", purposes=(Purpose.SUPERVISION,), start=date(2026, 1, 1)
)

_SUBJECT: Final = Asker(role=Role.SUBJECT, organisation=FIRM)
_MARKET: Final = Asker(role=Role.DEPARTMENT, organisation="market-zj")
_CENTRE: Final = Asker(role=Role.DEPARTMENT, organisation="credit-zj")
_SUPERVISOR: Final = Asker(role=Role.REGION, region=HANGZHOU)
_AGENCY: Final = Asker(role=Role.AGENCY, organisation="agency-1")
_CONTRACTED: Final = msgspec.structs.replace(_AGENCY, contracts=(_FOR_LENDING,))
_PROVINCE: Final = Asker(role=Role.PROVINCE, organisation="sh")

_CONSENTED: Final = {"purpose": Purpose.LENDING, "consent": ConsentState.GIVEN}
_SUPERVISING: Final = {"purpose": Purpose.SUPERVISION}

COLUMNS: Final = (
    # The public; a firm of itself; of another; of another that lets it, as a partner in trade.
    (PUBLIC_ASKER, {}),
    (_SUBJECT, {"subject": FIRM}),
    (_SUBJECT, {"subject": OTHER}),
    (_SUBJECT, {"subject": OTHER, "purpose": Purpose.TRADE, "consent": ConsentState.GIVEN}),
    # A department without purpose, for supervision of what is its own, of what is another's, with a purpose of agencies,
    # with a basis, for statistics, for quality.
    (_MARKET, {"of": "market-zj"}),
    (_MARKET, {"of": "market-zj", **_SUPERVISING}),
    (_MARKET, {"of": "tax-zj", **_SUPERVISING}),
    (_MARKET, {"of": "market-zj", "purpose": Purpose.LENDING}),
    (_MARKET, {"of": "market-zj", "basis": "ZJ art. 21", **_SUPERVISING}),
    (_MARKET, {"of": "market-zj", "purpose": Purpose.STATISTICS}),
    (_MARKET, {"of": "tax-zj", "purpose": Purpose.QUALITY}),
    # With the number of a case, and without, for its investigation.
    (_MARKET, {"purpose": Purpose.INVESTIGATION, "basis": "case 7"}),
    (_MARKET, {"purpose": Purpose.INVESTIGATION}),
    # The credit centre asking of another department's reports.
    (_CENTRE, {"of": "tax-zj", "purpose": Purpose.QUALITY}),
    # A supervisor of Hangzhou, within, outside, of an unknown seat, without purpose.
    (_SUPERVISOR, {"seat": "330106", **_SUPERVISING}),
    (_SUPERVISOR, {"seat": "330206", **_SUPERVISING}),
    (_SUPERVISOR, {"seat": None, **_SUPERVISING}),
    (_SUPERVISOR, {"seat": "330106"}),
    # An agency without contract, with one but no consent, with both, withdrawn, run out, contract over, another purpose.
    (_AGENCY, _CONSENTED),
    (_CONTRACTED, {"purpose": Purpose.LENDING}),
    (_CONTRACTED, _CONSENTED),
    (_CONTRACTED, {"purpose": Purpose.LENDING, "consent": ConsentState.WITHDRAWN}),
    (_CONTRACTED, {"purpose": Purpose.LENDING, "consent": ConsentState.RUN_OUT}),
    (msgspec.structs.replace(_AGENCY, contracts=(_OVER,)), _CONSENTED),
    (_CONTRACTED, {"purpose": Purpose.EMPLOYMENT, "consent": ConsentState.GIVEN}),
    # Another province without and with an agreement.
    (_PROVINCE, _SUPERVISING),
    (msgspec.structs.replace(_PROVINCE, contracts=(_AGREED,)), _SUPERVISING),
    # An auditor, an operator.
    (Asker(role=Role.AUDITOR), {}),
    (Asker(role=Role.OPERATOR), {}),
)
ANSWERS: Final = {
    "P": View.PUBLIC,
    "G": View.AGENCY,
    "S": View.SHARED,
    "O": View.OWN,
    "W": View.WHOLE,
    "u": RefusalCode.UNAUTHENTICATED,
    "n": RefusalCode.PERSON_NEVER_PUBLIC,
    "x": RefusalCode.NOT_OWN,
    "m": RefusalCode.PURPOSE_MISSING,
    ".": RefusalCode.PURPOSE_NOT_OF_ROLE,
    "r": RefusalCode.OUTSIDE_REGION,
    "k": RefusalCode.CONTRACT_MISSING,
    "c": RefusalCode.CONSENT_MISSING,
}
"""What a letter of the table means; a capital is a view, a small one a refusal."""

MATRIX: Final = """
                        pub own oth par | dep sup oth len bas sta qua inv nob | cen | reg out unk pur | noc con all wd  ro  ovr pur | pv  pva | aud opr
documents    organisation W   W   W   W     W   W   W   W   W   W   W   W   W     W     W   W   W   W     W   W   W   W   W   W   W     W   W     W   W
evidence     organisation W   W   W   W     W   W   W   W   W   W   W   W   W     W     W   W   W   W     W   W   W   W   W   W   W     W   W     W   W
years        organisation W   W   W   W     W   W   W   W   W   W   W   W   W     W     W   W   W   W     W   W   W   W   W   W   W     W   W     W   W
profile      organisation P   O   x   G     m   S   S   .   S   .   S   S   m     S     S   r   r   m     k   G   G   G   G   k   k     k   P     W   .
cases        organisation P   O   x   .     m   S   S   .   S   .   S   S   m     S     S   r   r   m     .   .   .   .   .   .   .     .   .     W   .
conclusions  organisation u   O   x   .     m   S   S   .   S   .   S   S   m     S     S   r   r   m     .   .   .   .   .   .   .     .   .     W   .
report       organisation u   O   x   .     m   S   S   .   S   .   S   S   m     S     S   r   r   m     .   .   .   .   .   .   .     .   .     W   .
history      organisation u   O   x   .     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
find         organisation P   x   x   x     m   S   S   .   S   .   S   .   .     S     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
firms        organisation P   x   x   x     m   S   S   .   S   .   S   .   .     S     S   r   r   m     .   .   .   .   .   .   .     .   .     W   .
lists        organisation P   x   x   x     m   S   S   .   S   .   S   .   .     S     S   r   r   m     .   .   .   .   .   .   .     .   .     W   .
list_counts  organisation u   x   x   x     m   W   W   .   W   W   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
warnings     organisation u   x   x   x     m   S   S   .   S   .   .   .   .     .     S   r   r   m     .   .   .   .   .   .   .     .   .     W   .
reviews      organisation u   x   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
analysis     organisation u   x   x   x     m   W   W   .   W   W   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
region_now   organisation u   x   x   x     m   W   W   .   W   W   .   .   .     .     W   r   r   m     .   .   .   .   .   .   .     .   .     W   .
quality      organisation u   x   x   x     m   .   .   .   .   .   x   .   .     W     .   .   .   .     .   .   .   .   .   .   .     .   .     W   W
query_counts organisation u   x   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   W
use          organisation u   x   x   x     m   .   .   .   .   .   x   .   .     W     W   r   r   m     .   .   .   .   .   .   .     .   .     W   W
duties       organisation u   x   x   x     O   O   x   O   O   O   x   x   x     x     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
acts         organisation u   x   x   x     O   O   x   O   O   O   x   x   x     x     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
local_acts   organisation u   x   x   x     O   O   x   O   O   O   x   x   x     x     .   .   .   .     .   .   .   .   .   .   .     .   .     .   O
inquiries    organisation u   O   x   .     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
consents     organisation u   O   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     x   x   x   x   x   x   x     .   .     W   .
consenting   organisation u   O   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
saying       organisation u   O   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
erasures     organisation u   O   x   x     x   x   x   x   x   x   x   x   x     W     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
erasing      organisation u   O   x   x     x   x   x   x   x   x   x   x   x     W     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
erasure_approval organisation u   x   x   x     x   x   x   x   x   x   x   x   x     W     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
operation    organisation u   x   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     .   W
documents    person       W   W   W   W     W   W   W   W   W   W   W   W   W     W     W   W   W   W     W   W   W   W   W   W   W     W   W     W   W
evidence     person       W   W   W   W     W   W   W   W   W   W   W   W   W     W     W   W   W   W     W   W   W   W   W   W   W     W   W     W   W
years        person       W   W   W   W     W   W   W   W   W   W   W   W   W     W     W   W   W   W     W   W   W   W   W   W   W     W   W     W   W
profile      person       n   O   x   .     m   m   m   .   S   .   m   S   m     m     .   .   .   .     k   c   G   c   c   k   k     .   .     W   .
cases        person       n   O   x   .     m   m   m   .   S   .   m   S   m     m     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
conclusions  person       n   O   x   .     m   m   m   .   S   .   m   S   m     m     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
report       person       n   O   x   .     m   m   m   .   S   .   m   S   m     m     .   .   .   .     k   c   G   c   c   k   k     .   .     W   .
history      person       n   O   x   .     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
find         person       n   x   x   x     m   m   m   .   S   .   m   .   .     m     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
firms        person       n   x   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
lists        person       P   x   x   x     m   m   m   .   S   .   m   .   .     m     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
list_counts  person       n   x   x   x     m   W   W   .   W   W   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
warnings     person       n   x   x   x     m   S   S   .   S   .   .   .   .     .     S   r   r   m     .   .   .   .   .   .   .     .   .     W   .
reviews      person       n   x   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
analysis     person       n   x   x   x     m   W   W   .   W   W   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
region_now   person       n   x   x   x     m   W   W   .   W   W   .   .   .     .     W   r   r   m     .   .   .   .   .   .   .     .   .     W   .
quality      person       n   x   x   x     m   .   .   .   .   .   x   .   .     W     .   .   .   .     .   .   .   .   .   .   .     .   .     W   W
query_counts person       n   x   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   W
use          person       n   x   x   x     m   .   .   .   .   .   x   .   .     W     W   r   r   m     .   .   .   .   .   .   .     .   .     W   W
duties       person       n   x   x   x     O   O   x   O   O   O   x   x   x     x     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
acts         person       n   x   x   x     O   O   x   O   O   O   x   x   x     x     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
local_acts   person       n   x   x   x     O   O   x   O   O   O   x   x   x     x     .   .   .   .     .   .   .   .   .   .   .     .   .     .   O
inquiries    person       n   O   x   .     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
consents     person       n   O   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     x   x   x   x   x   x   x     .   .     W   .
consenting   person       n   O   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
saying       person       n   O   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
erasures     person       n   O   x   x     x   x   x   x   x   x   x   x   x     W     .   .   .   .     .   .   .   .   .   .   .     .   .     W   .
erasing      person       n   O   x   x     x   x   x   x   x   x   x   x   x     W     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
erasure_approval person       n   x   x   x     x   x   x   x   x   x   x   x   x     W     .   .   .   .     .   .   .   .   .   .   .     .   .     .   .
operation    person       n   x   x   x     .   .   .   .   .   .   .   .   .     .     .   .   .   .     .   .   .   .   .   .   .     .   .     .   W
"""


def lines() -> list[tuple[Gives, Platform, list[str]]]:
    found = []
    for line in MATRIX.strip().splitlines()[1:]:
        gives, platform, *letters = line.split()
        found.append((Gives(gives), Platform(platform), letters))
    return found


@pytest.mark.parametrize(("gives", "platform", "letters"), lines())
def test_each_role_is_given_what_the_law_lets_it_have_and_nothing_else(
    gives: Gives, platform: Platform, letters: list[str]
) -> None:
    decided = [
        decide(who, Wanted(gives=gives, platform=platform, **more), POLICY, TODAY)
        for who, more in COLUMNS
    ]

    assert [d.view if isinstance(d, AccessPermit) else d.code for d in decided] == [
        ANSWERS[letter] for letter in letters
    ]


def test_the_table_leaves_no_kind_of_answer_and_no_platform_out() -> None:
    assert [(g, p) for p in Platform for g in Gives] == [(g, p) for g, p, _ in lines()]
    assert {len(letters) for _, _, letters in lines()} == {len(COLUMNS)}


def test_without_rows_nobody_is_given_anything() -> None:
    bare = msgspec.structs.replace(POLICY, rows=())

    for (who, more), gives, platform in itertools.product(COLUMNS, Gives, Platform):
        found = decide(who, Wanted(gives=gives, platform=platform, **more), bare, TODAY)
        assert isinstance(found, AccessRefusal)
        assert found.rule == WITHOUT_A_ROW


def test_each_row_decides_something_by_itself() -> None:
    """Leave out any row, and an answer is another one: the table above would tell."""

    def answers(rows: tuple[object, ...]) -> list[object]:
        policy = msgspec.structs.replace(POLICY, rows=rows)
        return [
            decide(who, Wanted(gives=gives, platform=platform, **more), policy, TODAY)
            for who, more in COLUMNS
            for gives in Gives
            for platform in Platform
        ]

    whole = answers(POLICY.rows)
    for row in POLICY.rows:
        assert answers(tuple(each for each in POLICY.rows if each is not row)) != whole, row.id


def test_a_row_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    (row,) = (row for row in POLICY.rows if row.id == "public.organisations")
    ended = msgspec.structs.replace(row, end=date(2027, 1, 1))
    policy = msgspec.structs.replace(POLICY, rows=(ended,))
    what = Wanted(gives=Gives.PROFILE, platform=Platform.ORGANISATION)

    def given(on: date) -> bool:
        return isinstance(decide(PUBLIC_ASKER, what, policy, on), AccessPermit)

    assert [given(row.start), given(date(2026, 12, 31)), given(date(2027, 1, 1))] == [
        True,
        True,
        False,
    ]
    assert not given(date(1999, 1, 1))


@pytest.mark.parametrize(
    ("region", "seat", "on", "place"),
    [
        ("330100", "330106", TODAY, "within"),
        ("330000", "330106", TODAY, "within"),
        ("330106", "330106", TODAY, "within"),
        ("330106", "330100", TODAY, "outside"),
        ("330100", "330206", TODAY, "outside"),
        # Xiacheng was joined to Gongshu in 2021: who has its seat there still is Gongshu's since.
        ("330105", "330103", date(2022, 1, 1), "within"),
        ("330105", "330103", date(2018, 1, 1), "outside"),
        ("330100", "999999", TODAY, "outside"),
    ],
)
def test_a_supervisor_sees_who_has_the_seat_in_the_region_as_it_is_on_the_day(
    region: str, seat: str, on: date, place: str
) -> None:
    who = Asker(role=Role.REGION, region=region)
    what = Wanted(
        gives=Gives.PROFILE,
        platform=Platform.ORGANISATION,
        seat=seat,
        purpose=Purpose.SUPERVISION,
    )

    assert isinstance(decide(who, what, POLICY, on), AccessPermit) is (place == "within")


def test_what_is_addressed_is_given_only_as_far_as_it_is_addressed() -> None:
    what = Wanted(gives=Gives.WARNINGS, platform=Platform.ORGANISATION, purpose=Purpose.SUPERVISION)
    found = decide(_MARKET, what, POLICY, TODAY)

    assert isinstance(found, AccessPermit)
    assert found.only_for == "market-zj"
