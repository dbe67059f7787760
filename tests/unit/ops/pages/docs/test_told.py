"""What the documents tell, walked by what there is: routes, records, topics, accounts, code lists."""

from __future__ import annotations

import re

import pytest

from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from events.wire.schemas import load_schemas
from ops.dictionary.code_lists import code_lists, event_type_words
from ops.pages.docs.told import kinds_of_topics, question_words
from ops.terms.terms import all_terms
from projections.http.asking.asked import Face
from projections.http.routes import ROUTES
from streams.topics import topic_table

_CHINESE = re.compile("[\u4e00-\u9fff]")
OURS = [row for row in ROUTES if row.face is not Face.REGISTRY]


def test_what_every_route_gives_and_takes_is_told_in_chinese_and_nothing_else_is() -> None:
    said = {row.summary for row in OURS} | {each.text for row in OURS for each in row.takes}
    assert {"missing": said - question_words().keys()} == {"missing": set()}
    assert {"left over": question_words().keys() - said} == {"left over": set()}


def test_chinese_is_chinese_but_for_proper_names() -> None:
    english = [zh for zh in question_words().values() if not _CHINESE.search(zh)]
    assert english == []


def _named(group: str) -> set[str]:
    return {code for code, words in all_terms()[group].items() if all(words)}


def test_every_record_topic_code_list_and_role_has_a_name() -> None:
    records = {entry.name for entry in load_schemas()}
    assert records - event_type_words().keys() - _named("told_record") == set()
    assert kinds_of_topics().keys() == _named("topic_kind")
    assert code_lists().keys() == _named("code_list")
    assert {role.value for role in Role} == _named("asker")


def test_every_account_of_a_topic_is_a_department_a_place_or_a_service_that_has_a_name() -> None:
    rulebook = load_rulebook()
    accounts = {
        name for topic in topic_table(rulebook) for name in (*topic.writers, *topic.readers)
    }
    services = {
        name
        for name in accounts
        if rulebook.department(name) is None
        and not name.isdecimal()
        and not name.startswith("region-")
    }
    assert services == _named("account")


@pytest.mark.parametrize("kind", kinds_of_topics())
def test_the_topics_of_a_kind_are_kept_alike_and_hold_records(kind: str) -> None:
    """One sentence tells how long: of all, as it is read off the first."""
    found = kinds_of_topics()[kind]
    assert {(each.retention_ms, each.compacted) for each in found.topics} == {
        (found.topics[0].retention_ms, found.topics[0].compacted)
    }
    assert bool(found.records) == (kind != "checkpoints")
