"""Each page of the service is asked for by `bench pages`: there is what fills its path."""

from __future__ import annotations

import re

from events.rules.access import Role
from ops.bench.windows.asking import Filling, PageKind, choices, paths
from ops.bench.windows.visitors import Visitor

SAMPLE = [
    (f"91330100PDY00000{n}", f"0192000{n}-0000-7000-8000-000000000000", f"样例{n}") for n in (1, 2)
]


def test_every_path_is_filled_for_everybody_and_for_a_subject() -> None:
    filling = Filling(choices(SAMPLE, "receipt-1"), 1)
    for role in (Role.PUBLIC, Role.SUBJECT):
        addresses = [filling.address(PageKind(path, Visitor(role, {}))) for path in paths()]
        assert [each for each in addresses if re.search("[{}]", each)] == []


def test_a_subject_opens_its_own_record_alone() -> None:
    filling = Filling(choices(SAMPLE, "receipt-1"), 1)
    kind = PageKind("/notices/{subject}/{record}", Visitor(Role.SUBJECT, {}))
    opened = {filling.address(kind).partition("/notices/")[2] for _ in range(20)}
    assert opened == {"/".join(SAMPLE[0][:2])}
