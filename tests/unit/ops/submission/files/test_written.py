from __future__ import annotations

import pytest

from ops.submission.files.columns import column_named
from ops.submission.files.written import column_and_cell


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("items.tax_paid", "500", ("税款实缴金额(分)", "500")),
        ("items.unknown", "5", ("items.unknown", "5")),
        ("kinds", ["fine", "warning"], ("kinds", "fine;warning")),
        ("aliases", [{"scheme": "tax_no", "value": "33"}], ("aliases", "tax_no:33")),
        ("is_final", True, ("is_final", "true")),
        ("fine_fen", 500, ("fine_fen", "500")),
        ("ends_on", None, ("ends_on", "")),
    ],
)
def test_a_value_is_written_as_the_reader_takes_it(
    field: str, value: object, wanted: tuple[str, str]
) -> None:
    assert column_and_cell("particulars.tax_paid", field, value) == wanted
    if field == "items.tax_paid":
        column = column_named(wanted[0])
        assert column is not None
        assert column.unit == "fen"
