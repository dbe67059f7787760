"""Screening before publication (公开前保密审查): texts that bear a mark of secrecy.

A state secret may not stand here at all. What bears the mark of a business or work secret may be
recorded, and never be public. A refusal repeats nothing of the text.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from events.admission.rejection import NOT_SHOWN, Reason, RejectionReason, reason
from events.envelope import Disclosure
from events.rules.secrecy import SecrecyEffect, SecrecyMark
from events.types.amendment import RecordCorrected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from events.event import Event

COMMON: Final = "密"
"""Stands in every mark, so that most texts need no closer look."""


def check_secrecy(
    field: str, text: str, event: Event, marks: Sequence[SecrecyMark], on: date
) -> Iterator[Reason]:
    """Check a text of an event for marks of secrecy in force on a day."""
    for mark in found_in(text, marks, on):
        if mark.effect is SecrecyEffect.REFUSE:
            rule = f"{mark.name_zh}: what bears it may not be recorded here"
            yield reason(RejectionReason.STATE_SECRET_MARKED, field, NOT_SHOWN, rule)
        elif _may_be_public(event):
            rule = f"{mark.name_zh}: report it as shared or authorised, never as public"
            yield reason(RejectionReason.SECRET_NOT_FOR_PUBLICATION, field, NOT_SHOWN, rule)


def _may_be_public(event: Event) -> bool:
    """Say whether a text may be public: of a correction, its record may be; it is not known."""
    return isinstance(event, RecordCorrected) or event.envelope.disclosure is Disclosure.PUBLIC


def found_in(text: str, marks: Sequence[SecrecyMark], on: date) -> Iterator[SecrecyMark]:
    """Give the marks that a text bears, each kind once."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for mark in marks:
        borne = [each for each in mark.marks if each in plain] if mark.in_force(on) else []
        for each in borne:
            plain = plain.replace(each, "")
        if borne:
            yield mark
