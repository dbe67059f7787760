"""Rows about records: items (信息项) are put right by their columns, the others stay."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest

from events.types.declaration import ItemValue
from ops.submission.amending import correction_row, revoked
from ops.submission.draft import Draft, said_of
from ops.submission.files.row import FileRow
from projections.queries.outcomes import HeldEvent
from tests.support import builders as a

if TYPE_CHECKING:
    from events.event import Event

TODAY = date(2026, 11, 28)
NAMED = {"subject_id": a.SUBJECT, "document_no": "报1", "item_no": "1"}
STANDS = [ItemValue("total_assets", "100"), ItemValue("employees", "38")]


def amended(record: Event, said: dict[str, object]) -> FileRow | None:
    row, draft = FileRow(1, NAMED | said), Draft()
    return correction_row(
        row, draft, dict(said_of(row, draft)), HeldEvent(record, record), on=TODAY
    )


def accounts() -> Event:
    return a.particulars(
        document_no="报1",
        department="market-zj",
        category="particulars.annual_accounts",
        **{each.item: each.value for each in STANDS},
    )


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ({"资产总额(元)": "5"}, [ItemValue("total_assets", "500"), STANDS[1]]),
        ({"资产总额(万元)": "5"}, [ItemValue("total_assets", "5000000"), STANDS[1]]),
        ({"营运状况": "开业"}, [*STANDS, ItemValue("operating_state", "开业")]),
        ({"从业人数": ""}, STANDS[:1]),
    ],
)
def test_an_item_is_put_right_by_its_column_and_the_others_stay(
    said: dict[str, object], items: list[ItemValue]
) -> None:
    row = amended(accounts(), said)
    assert row is not None
    assert row.reasons == []
    value = msgspec.json.encode(items).decode()
    assert row.values["changes"] == [{"field": "items", "value": value}]


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ({"从业人数": "十三"}, "从业人数"),
        ({"登记状态": "存续"}, "登记状态"),
        ({"资产总额(元)": "5", "资产总额(万元)": "5"}, "资产总额(万元)"),
        ({"登记状态": ""}, "登记状态"),
    ],
)
def test_what_no_item_can_be_is_refused_by_its_column_and_never_said_to_stand(
    said: dict[str, object], column: str
) -> None:
    row = amended(accounts(), said)
    assert row is not None
    assert [each.field for each in row.reasons] == [column]


def test_an_item_that_says_what_stands_changes_nothing() -> None:
    assert amended(accounts(), {"资产总额(元)": "1.00", "从业人数": "38", "营运状况": ""}) is None


def test_a_record_of_another_type_has_no_items() -> None:
    row = amended(a.a_penalty(), {"从业人数": "38"})
    assert row is not None
    assert [each.field for each in row.reasons] == ["从业人数"]


@pytest.mark.parametrize(
    ("annulled", "repealed_on", "said", "is_sent"),
    [
        (False, None, {"kind": "annulled"}, True),
        (True, None, {"kind": "annulled"}, False),
        (True, None, {"kind": "repealed", "effective_on": "2026-05-01"}, False),
        (False, "2026-05-01", {"kind": "repealed", "effective_on": "2026年5月1日"}, False),
        (False, "2026-05-01", {"kind": "废止", "effective_on": "2026-05-01"}, False),
        (False, "2026-05-01", {"kind": "repealed", "effective_on": "2026-06-01"}, True),
        (False, "2026-05-01", {"kind": "annulled"}, True),
    ],
)
def test_what_is_revoked_already_is_not_revoked_again(
    annulled: bool,  # noqa: FBT001 - a parameter of the test
    repealed_on: str | None,
    said: dict[str, object],
    is_sent: bool,  # noqa: FBT001 - likewise
) -> None:
    record = a.a_penalty()
    on = None if repealed_on is None else date.fromisoformat(repealed_on)
    row, draft = FileRow(1, NAMED | said), Draft()
    columns = dict(said_of(row, draft))
    found = revoked(row, draft, columns, HeldEvent(record, record, annulled, on), on=TODAY)

    assert (found is not None) is is_sent
