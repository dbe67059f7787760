"""An archive is the profile narrowed: what belongs to a field or a profession, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events.envelope import Disclosure, Platform, Source
from events.rules.catalogue import Information, PublicationClass
from events.rules.rulebook import load_rulebook
from projections.profile.archive import ArchiveUnknownError, facets_of, narrowed, owing, selection
from projections.profile.shapes import Profile
from tests.support import builders as a
from tests.support.given import Projection, given, said

RULEBOOK = load_rulebook()
DAY = date(2025, 6, 15)
ORGANISATION, PERSON = Platform.ORGANISATION, Platform.PERSON


def view(profile: Profile, platform: Platform = ORGANISATION, **asked: Any) -> Profile:
    found = selection(RULEBOOK, platform, DAY, **asked)
    assert found is not None
    return narrowed(profile, found, RULEBOOK)


def numbers(profile: Profile) -> list[str]:
    return sorted(record.category for record in profile.records)


def of_many_fields() -> Profile:
    return given(
        a.a_registration(),
        a.a_licence(category="licence.food_drug", on="2024-01-10"),
        a.a_recall(category="recall.food"),
        a.a_penalty(1, category="penalty.food_drug"),
        a.a_penalty(2, category="penalty.market"),
        a.a_default(category="default.wage"),
        a.arrears(),
        a.a_court_listing(),
    ).on(DAY)


@pytest.mark.requirement(74)
def test_the_food_and_drug_archive_holds_its_field_and_nothing_of_another() -> None:
    whole = of_many_fields()
    found = view(whole, archive="food_drug")

    assert numbers(found) == ["licence.food_drug", "penalty.food_drug", "recall.food"]
    assert set(found.categories) == set(numbers(found))
    assert {each.domain for each in found.supervision} == {"food_drug"}
    assert {each.domain for each in found.warnings} == {"food_drug"}
    assert (found.lists, found.arrears_owed_fen, found.score) == ([], 0, None)
    assert set(found.rules) < set(whole.rules)
    assert found.name == whole.name


@pytest.mark.requirement(75)
def test_the_labour_archive_tells_what_wages_are_owed_and_what_was_cleared() -> None:
    owed = a.a_default(1, category="default.wage", amount_fen=6_000_000, on="2025-01-10")
    paid = a.a_default(2, category="default.wage", amount_fen=100_000, on="2025-01-11")
    unknown = a.a_default(3, category="default.wage", amount_fen=None, on="2025-01-12")
    story = given(owed, paid, unknown, a.a_settled(paid, "2025-03-01"), a.arrears())

    before = owing(view(story.on("2025-02-28"), archive="labour").records)
    after = owing(view(story.on("2025-03-01"), archive="labour").records)

    assert (before.open, before.owed_fen, before.unknown, before.cleared) == (3, 6_100_000, 1, 0)
    assert (after.open, after.owed_fen, after.unknown, after.cleared) == (2, 6_000_000, 1, 1)
    assert numbers(view(story.on(DAY), archive="labour")) == ["default.wage"] * 3


def test_a_field_alone_and_a_publication_class_alone_narrow_too() -> None:
    whole = of_many_fields()

    assert numbers(view(whole, domain="tax")) == ["arrears.tax"]
    assert view(whole, domain="tax").arrears_owed_fen == whole.arrears_owed_fen > 0
    penalties = view(whole, publication=PublicationClass.PENALTY)
    assert numbers(penalties) == [
        "list.judgment_defaulter",
        "penalty.food_drug",
        "penalty.market",
    ]
    assert [member.list for member in penalties.lists] == ["judgment_defaulter"]
    assert selection(RULEBOOK, ORGANISATION, DAY) is None


@pytest.mark.requirement(46)
def test_a_professional_archive_holds_one_profession_and_what_its_own_bodies_say() -> None:
    def practises(profession: str, department: str) -> Any:
        return a.a_relation(
            profession,
            role="practises",
            other=None,
            profession=profession,
            department=department,
            category="relation.profession",
            source=Source.ASSOCIATION,
            subject_id=a.PERSON,
            subject_name=None,
        )

    def misconduct(department: str) -> Any:
        return a.a_conduct(
            department,
            department=department,
            category="conduct.professional_misconduct",
            source=Source.ASSOCIATION,
            disclosure=Disclosure.SHARED,
            subject_id=a.PERSON,
            subject_name=None,
        )

    projection = Projection()
    projection.apply(
        said(
            practises("lawyer", "lawyer-zj"),
            practises("certified_public_accountant", "cpa-zj"),
            misconduct("lawyer-zj"),
            misconduct("cpa-zj"),
            a.an_enforcement(subject_id=a.PERSON, subject_name=None),
        )
    )
    whole = projection.profile(DAY, a.PERSON)
    lawyer = view(whole, PERSON, profession="lawyer")
    accountant = view(whole, PERSON, archive="professional.certified_public_accountant")

    assert {(r.category, r.department) for r in lawyer.records} == {
        ("relation.profession", "lawyer-zj"),
        ("conduct.professional_misconduct", "lawyer-zj"),
    }
    assert {r.department for r in accountant.records} == {"cpa-zj"}
    assert lawyer.categories["conduct.professional_misconduct"].count == 1
    assert whole.categories["conduct.professional_misconduct"].count == 2
    assert {each.department for each in lawyer.supervision} == {"justice-zj"}


@pytest.mark.requirement(46)
def test_every_profession_has_its_archive() -> None:
    of = {row.profession: row for row in RULEBOOK.archives.values() if row.profession}

    assert set(of) == set(RULEBOOK.professions)
    assert all(row.platforms == [PERSON] for row in of.values())


def test_an_archive_names_what_there_is() -> None:
    domains = {each.domain for rows in RULEBOOK.categories.values() for each in rows}
    for row in RULEBOOK.archives.values():
        assert set(row.domains) <= domains, row.code
        assert set(row.departments) <= set(RULEBOOK.departments), row.code
        for category in row.categories:
            family = category.removesuffix("*")
            assert any(code == category or code.startswith(family) for code in RULEBOOK.categories)


@pytest.mark.parametrize(
    ("asked", "platform"),
    [
        ({"archive": "weather"}, ORGANISATION),
        ({"archive": "professional.lawyer"}, ORGANISATION),
        ({"domain": "weather"}, ORGANISATION),
        ({"profession": "astrologer"}, PERSON),
        ({"archive": "labour", "domain": "tax"}, ORGANISATION),
    ],
)
def test_what_is_no_archive_is_refused(asked: dict[str, Any], platform: Platform) -> None:
    with pytest.raises(ArchiveUnknownError):
        selection(RULEBOOK, platform, DAY, **asked)


def test_an_archive_begins_on_its_first_day() -> None:
    for day, known in ((date(2015, 9, 30), False), (date(2015, 10, 1), True)):
        try:
            found = selection(RULEBOOK, ORGANISATION, day, archive="food_drug")
        except ArchiveUnknownError:
            found = None
        assert (found is not None) is known


@pytest.mark.requirement(49, 60)
def test_each_record_is_of_a_publication_class_and_of_public_or_market_information() -> None:
    facets = facets_of(
        ["penalty.market", "grade.tax", "licence.market", "default.loan"], RULEBOOK, DAY
    )

    assert {code: each.publication for code, each in facets.items()} == {
        "penalty.market": PublicationClass.PENALTY,
        "grade.tax": PublicationClass.PROMPTING,
        "licence.market": PublicationClass.BASIC,
        "default.loan": PublicationClass.PROMPTING,
    }
    assert facets["default.loan"].information is Information.MARKET
    assert facets["penalty.market"].information is Information.PUBLIC
    assert facets["default.loan"].disclosure is Disclosure.AUTHORISED
