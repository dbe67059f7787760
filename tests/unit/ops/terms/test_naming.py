"""What stands in the ledger is told, whatever its form."""

from __future__ import annotations

from datetime import date

import pytest

from events.rules.rulebook import load_rulebook
from events.types.declaration import ItemValue
from ops.terms.naming import Naming
from ops.terms.terms import Language, Terms


@pytest.mark.parametrize("language", Language)
def test_an_item_that_is_not_in_its_form_is_told_as_it_stands(language: Language) -> None:
    rulebook = load_rulebook()
    naming = Naming(Terms(language), rulebook, None)
    for category, (first, *_) in rulebook.item_sets.items():
        odd = [ItemValue(each.code, "as it stands") for each in first.items]
        told = naming.items(category, odd, date.max)
        assert [each.endswith("as it stands") for each in told] == [True] * len(odd)
