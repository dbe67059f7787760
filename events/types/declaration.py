"""What subjects declare (自主申报); indicators (指标) and items (信息项) of departments."""

from __future__ import annotations

from typing import Annotated

import msgspec

from events.fields import (
    FreeText,
    IndicatorCode,
    JudgedNumber,
    NeededThingName,
    NotEmpty,
    Period,
)
from events.roles import Original


class InformationDeclared(Original, frozen=True, gc=False):
    """A subject declared something of itself; trusted less than what a department reports."""

    item: NeededThingName
    content: FreeText | None = None
    committed: bool = False


class IndicatorReported(Original, frozen=True, gc=False):
    """An indicator's value for a period, in the unit of the indicator's row in the rules."""

    indicator: IndicatorCode
    period: Period
    value: JudgedNumber


class ItemValue(msgspec.Struct, frozen=True, gc=False):
    """One item by its code in `items.toml`, and its value in the form of the item's kind."""

    item: str
    value: str


class ItemsReported(Original, frozen=True, gc=False):
    """What a category holds beyond fields was reported (信息项报送); `period` is what it is of."""

    items: Annotated[list[ItemValue], NotEmpty()]
    period: Period | None = None
