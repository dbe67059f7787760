"""Verbs of rights say which option is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from events.envelope import CHINA
from events.rules.access import Role
from ops.cli.access.rights import create_key_verb
from ops.doors.keys import KeyRefusedError, create_key


@pytest.mark.parametrize(
    ("role", "option"),
    [
        (Role.DEPARTMENT, "--department"),
        (Role.REGION, "--region"),
        (Role.SUBJECT, "--subject"),
        (Role.AGENCY, "--contract"),
        (Role.PROVINCE, "--contract"),
    ],
)
def test_a_key_without_its_holder_names_the_option_that_says_whose_it_is(
    role: Role, option: str
) -> None:
    with pytest.raises(KeyRefusedError, match=f"^{option} is missing") as raised:
        create_key_verb(role)
    assert raised.value.said == {"field": option}


@pytest.mark.parametrize("field", ["name", "organisation"])
def test_no_key_is_named_by_an_identity_number_and_it_is_not_repeated(field: str) -> None:
    number, nothing_is_told = "330106199001010018", None
    said: Any = {field: f"张 {number}"}
    at = datetime(2026, 6, 1, tzinfo=CHINA)
    with pytest.raises(KeyRefusedError) as refused:
        create_key(nothing_is_told, nothing_is_told, at, roles=[Role.OPERATOR], **said)
    assert (refused.value.said, number in str(refused.value)) == ({"field": field}, False)
