from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events.envelope import Disclosure, Platform, Source
from ops.submission.defaults import OptionError, defaults_for

if TYPE_CHECKING:
    from events.rules.rulebook import Rulebook


def test_what_the_registry_leaves_no_choice_in_need_not_be_given(rulebook: Rulebook) -> None:
    court = defaults_for(rulebook, department="court-zj")
    assert (court.region, court.source) == ("330000", Source.COURT)
    assert court.category_for("ListEntered", {}) == "list.judgment_defaulter"
    assert court.category_for("JudgmentRendered", {}) is None
    firm, person = Platform.ORGANISATION, Platform.PERSON
    assert court.disclosure_for("judgment.civil", firm) is Disclosure.SHARED
    assert court.disclosure_for("no such", firm) is Disclosure.AUTHORISED
    market = defaults_for(rulebook, department="market-zj")
    assert market.disclosure_for("penalty.market", firm) is Disclosure.PUBLIC
    assert market.disclosure_for("penalty.market", person) is Disclosure.SHARED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"department": "market-zh"}, r"'market-zh': no department .* did you mean market-zj,"),
        ({"department": "杭州市市监局"}, "did you mean 杭州市市场监督管理局 market-330100"),
        ({"department": "x"}, "'x': no department has this name or code `"),
        ({"category": "penalty.tax"}, "--category 'penalty.tax': one of registration"),
        ({"region": "杭州"}, "--region '杭州': a division code has six digits"),
        ({"event_type": "Penalty"}, "--event-type 'Penalty': one of"),
        ({"disclosure": "secret"}, "--disclosure 'secret': one of public, shared, authorised"),
    ],
)
def test_an_option_that_can_hold_for_no_line_is_refused_at_once(
    rulebook: Rulebook, options: dict[str, str], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        defaults_for(rulebook, **{"department": "market-zj", **options})
