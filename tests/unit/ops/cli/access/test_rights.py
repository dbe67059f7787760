"""Verbs of rights say which option is missing."""

from __future__ import annotations

import pytest

from events.rules.access import Role
from ops.cli.access.rights import create_key_verb
from ops.doors.keys import KeyRefusedError


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
