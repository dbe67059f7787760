"""What subjects declare of themselves (自主申报), and indicators (指标) that departments report."""

from __future__ import annotations

from events.fields import FreeText, IndicatorCode, JudgedNumber, NeededThingName, Period
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
