"""The routes of erasures, in the one table of routes (`projections.http.routes`)."""

from __future__ import annotations

from typing import Final

from events.rules.access import Gives
from projections.http.asking.asked import Row
from projections.http.erasures import answers
from projections.http.erasures import parameters as own
from projections.http.errors import DeskAwayError
from projections.queries.erasures import ErasureRefusedError, ErasureTold

_ERRORS: Final = (DeskAwayError, ErasureRefusedError)

ERASURE_ROWS: Final = (
    Row(
        path="/v1/erasures",
        answer=answers.ask_for,
        gives=Gives.ERASING,
        summary="Ask that what is kept of a person be erased (删除申请); 409 says what keeps it.",
        takes=(own.SUBJECT, own.GROUND, own.DOCUMENT_NO),
        methods=("POST",),
        errors=_ERRORS,
        answer_type=ErasureTold,
    ),
    Row(
        path="/v1/erasures",
        answer=answers.known,
        gives=Gives.ERASURES,
        summary="Where the erasure of a person stands, or those of all.",
        takes=(own.BY_SUBJECT, own.AT_STAGE),
        answer_type=list[ErasureTold],
    ),
    Row(
        path="/v1/erasures/{erasure}/approval",
        answer=answers.approve,
        gives=Gives.ERASURE_APPROVAL,
        summary="Approve an erasure as a second person: from now on nobody is shown anything.",
        takes=(own.ERASURE,),
        methods=("POST",),
        errors=_ERRORS,
        answer_type=ErasureTold,
    ),
    Row(
        path="/v1/erasures/{erasure}",
        answer=answers.cancel,
        gives=Gives.ERASING,
        summary="Cancel an erasure that is not done; said again it changes nothing.",
        takes=(own.ERASURE, own.BY_SUBJECT),
        methods=("DELETE",),
        errors=_ERRORS,
        answer_type=ErasureTold,
    ),
)
