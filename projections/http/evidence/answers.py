"""What proves: the log's files, proofs of events, reports, and their verification."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from anyio.to_thread import run_sync
from starlette.responses import Response

from projections.as_of.question import Question, ms_of
from projections.as_of.reader_view import WHOLE_VIEWS, SeenBy
from projections.http.asking import parameters as p
from projections.http.asking.asked import FINAL, FRESH, json_answer
from projections.http.asking.evidence import REPORT_TYPES
from projections.http.errors import (
    BadRequestError,
    EvidenceAwayError,
    EvidenceUnknownError,
    speaks_chinese,
)
from projections.http.words import Words
from projections.queries.event_place import place_of_event

if TYPE_CHECKING:
    from projections.http.asking.asked import Asked
    from projections.http.asking.evidence import EvidenceSource

REPORT_BYTES_MAX: Final = 16 * 1024 * 1024
_TEXT: Final = "text/plain; charset=utf-8"


async def checkpoint(asked: Asked) -> Response:
    """Answer the newest signed checkpoint."""
    note = await run_sync(_source(asked).checkpoint, asked[p.PLATFORM])
    if note is None:
        raise EvidenceUnknownError
    return Response(note, media_type=_TEXT, headers={"Cache-Control": FRESH})


async def tile(asked: Asked) -> Response:
    """Answer a tile or a bundle of entries; what its path names never changes."""
    hashes = await run_sync(_source(asked).tile, asked[p.PLATFORM], asked[p.TILE])
    if hashes is None:
        raise EvidenceUnknownError
    return Response(hashes, 200, {"Cache-Control": FINAL}, "application/octet-stream")


async def policy(asked: Asked) -> Response:
    """Answer the policy: which log, which witnesses, how many of them."""
    text = await run_sync(_source(asked).policy)
    return Response(text, media_type=_TEXT, headers={"Cache-Control": FRESH})


async def verifier(asked: Asked) -> Response:
    """Answer the stand-alone verifier."""
    program = _source(asked).verifier()
    headers = {"Cache-Control": FRESH, "Content-Disposition": 'attachment; filename="verify.py"'}
    return Response(program, 200, headers, "text/x-python; charset=utf-8")


async def event_proof(asked: Asked) -> Response:
    """Answer the proof that an event stands in the signed log."""
    place = await asked.ask(place_of_event, asked[p.PLATFORM], asked[p.EVENT], asked[p.EVENT_OF])
    if place is None:
        raise EvidenceUnknownError
    source = _source(asked)
    proof = await run_sync(source.proof, asked[p.PLATFORM], place)
    return Response(proof, media_type=_TEXT, headers={"Cache-Control": FRESH})


async def subject_report(asked: Asked) -> Response:
    """Answer a report of a subject that proves itself."""
    known_at = asked[p.KNOWN_AT]
    if known_at is not None and asked[p.CUT] is not None:
        rule = Words("a moment or a cut, not both", "known_at 与 cut 只可给出其一")
        raise BadRequestError("cut", "(beside known_at)", rule)
    question = Question(
        platform=asked[p.PLATFORM],
        subject_id=asked[p.SUBJECT],
        valid_on=asked[p.VALID_ON] or asked.service.today(),
        cut=asked[p.CUT],
        known_at_ms=None if known_at is None else ms_of(known_at),
    )
    reader = SeenBy(asked.permit.view, asked.service.today(), asked.permit.department)
    if reader.view not in WHOLE_VIEWS:
        _require_today(asked, reader)
    media_type = _wanted(asked.request.headers.get("accept", ""))
    language = "zh" if speaks_chinese(asked.request) else "en"
    report = partial(_source(asked).report, question, asked[p.REPORT_PURPOSE])
    found = await asked.service.run_costly(report, media_type, language, reader)
    name = f'attachment; filename="{asked[p.SUBJECT]}.{media_type.rpartition("/")[2]}"'
    headers = {
        "Cache-Control": FRESH,
        "Content-Disposition": name,
        "Vary": "Accept, Accept-Language",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found, 200, headers, media_type)


def _require_today(asked: Asked, reader: SeenBy) -> None:
    """Refuse another day or cut to who may not see all: what may be seen is decided of today."""
    on = asked[p.VALID_ON]
    if on is not None and on != reader.on:
        rule = Words("today: of another day no view is made", "仅可为今日，不提供其他日期")
        raise BadRequestError("valid_on", on.isoformat(), rule)
    for name, given in (("known_at", asked[p.KNOWN_AT]), ("cut", asked[p.CUT])):
        if given is not None:
            rule = Words("for who may see all of it", "仅限可查看全部内容的查询者")
            raise BadRequestError(name, "(given)", rule)


def _wanted(accept: str) -> str:
    """Give the media type of a report that is asked for first; JSON where none is named."""
    asked = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((each for each in asked if each in REPORT_TYPES), REPORT_TYPES[0])


async def verification(asked: Asked) -> Response:
    """Verify the report that is sent, and answer each check by name."""
    service, source = asked.service, _source(asked)
    do = Words("`credit-ledger verify` takes more", "更大的报告用 `credit-ledger verify` 核验")
    async with service.reports.of(asked.request, REPORT_BYTES_MAX, do) as report:
        return json_answer(await service.run_costly(source.verify, report))


def _source(asked: Asked) -> EvidenceSource:
    source = asked.service.evidence
    if source is None:
        raise EvidenceAwayError
    return source
