"""What subjects declare of themselves (自主申报), and indicators (指标) that departments report."""

from __future__ import annotations

import msgspec

from events.envelope import Envelope
from events.fields import FreeText, IndicatorCode, JudgedNumber, NeededThingName, Period


class InformationDeclared(msgspec.Struct, frozen=True, gc=False):
    """A subject declared something of itself; trusted less than what a department reports."""

    envelope: Envelope
    item: NeededThingName
    content: FreeText | None = None
    committed: bool = False


class IndicatorReported(msgspec.Struct, frozen=True, gc=False):
    """An indicator's value for a period, in the unit of the indicator's row in the rules."""

    envelope: Envelope
    indicator: IndicatorCode
    period: Period
    value: JudgedNumber
