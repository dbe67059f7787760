"""How pages write what they are given."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from events.envelope import CHINA
from ops.pages.frame import NAV, moment_told
from ops.terms.terms import Language, Terms


def test_a_moment_is_told_by_the_clocks_of_china_in_whatever_zone_it_was_kept() -> None:
    kept = datetime(2026, 11, 28, 20, 21, 9, tzinfo=UTC)
    assert moment_told(kept) == moment_told(kept.astimezone(CHINA)) == "2026-11-29 04:21:09"


def test_no_page_writes_a_moment_in_another_way() -> None:
    folder = files("ops.pages") / "templates"
    assert [page.name for page in folder.iterdir() if "strftime" in page.read_text("utf-8")] == []


@pytest.mark.parametrize("language", Language)
def test_the_demo_ends_by_a_key_for_each_role_that_has_pages_and_where_to_look(
    language: Language,
) -> None:
    """Whichever page the menu names, for whichever role."""
    told = Terms(language).say("next", "demo").splitlines()
    for name, roles in NAV:
        for role in roles:
            keys = [each for each in told if f"access key create --role {role.value} " in each]
            assert len(keys) == 1, (name, role)
        if name != "use":
            assert any(f"/{language}/{name}" in each for each in told), name
