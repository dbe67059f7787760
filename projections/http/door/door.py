"""The door itself: each question of ours goes through here, and no answer leaves by another way.

Decide, ask the handler, open names, record, send: in this order. What has a right behind it is
recorded before its first byte leaves, a refusal of somebody known too, and neither is kept by any
cache. Where it cannot be recorded nothing is answered; what is public is answered without.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anyio.to_thread import run_sync

from events.errors import LedgerError
from events.persons import has_identity_number
from events.rules.access import Gives, Purpose, load_access_policy
from events.rules.divisions import warning_region
from projections.access.asker import (
    ANSWERED,
    NO_KEY_IN_FORCE,
    PUBLIC_ASKER,
    AccessPermit,
    AccessRefusal,
    RefusalCode,
    Wanted,
)
from projections.access.decide import decide_for
from projections.access.inquiry import InquiryUnrecordedError, inquiry_of
from projections.access.looking_up import look_ups, looked_up
from projections.http.asking import parameters as p
from projections.http.asking.opening import holds_names, open_names
from projections.http.door.quota import within_quota
from projections.http.door.refusal import NotGivenError
from projections.http.errors import NOT_SHOWN, BadRequestError
from projections.http.words import Words
from projections.queries.known_subject import KnownSubject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection
    from starlette.responses import Response

    from events.envelope import Platform
    from projections.access.asker import AccessDecision, Asker
    from projections.http.asking.asked import Asked

RECORDED_WITHIN_S: Final = 3.0
PRIVATE: Final = "private, no-store"

BASIS_MAX: Final = 200


async def answer_through_door(asked: Asked) -> Response:
    """Give the answer of a question's handler to who may have it.

    Raises `NotGivenError`, and what the handler raises.
    """
    wanted = await _wanted(asked)
    askers = await _askers(asked)
    wanted = await _looked_up(askers, wanted, asked)
    who, decision = _decide(askers, wanted, asked)
    if isinstance(decision, AccessRefusal):
        if who.key_id is not None:
            await _record(asked, wanted, who, decision, decision.code, None)
        raise NotGivenError(decision.code, decision.rule)
    asked.permit = permit = decision
    asked.who = who
    asked.lasting = _Lasting(asked, wanted, who, permit)
    try:
        return await within_quota(asked, permit, lambda: _answer(asked, wanted, who, permit))
    except NotGivenError as error:
        if error.code is RefusalCode.QUOTA_USED:
            await _record(asked, wanted, who, permit, error.code, None)
        raise


class _Lasting:
    """An answer that goes on: still given only while all of the decision would be made again."""

    def __init__(self, asked: Asked, wanted: Wanted, who: Asker, permit: AccessPermit) -> None:
        self._asked, self._wanted, self._who, self._permit = asked, wanted, who, permit

    async def holds(self) -> bool:
        """Decide anew, by the key as it stands now."""
        try:
            askers = await _askers(self._asked)
        except NotGivenError:
            return False
        wanted = await _looked_up(askers, self._wanted, self._asked)
        _, decision = _decide(askers, wanted, self._asked)
        return isinstance(decision, AccessPermit) and decision.rule == self._permit.rule

    async def record(self, subjects: Sequence[str], part: bytes) -> None:
        """Keep who is named in a stretch, and its digest, before it leaves."""
        if self._permit.recorded:
            self._asked.subjects = list(subjects)
            digest = hashlib.sha256(part).hexdigest()
            await _record(self._asked, self._wanted, self._who, self._permit, "delivered", digest)


async def _answer(asked: Asked, wanted: Wanted, who: Asker, permit: AccessPermit) -> Response:
    """Ask the handler, and record what it gives or why not."""
    try:
        answer: Response = await asked.row.answer(asked)
    except LedgerError as error:
        # That there is nothing, or that it may not be asked so, is an answer too.
        if permit.recorded:
            outcome = error.code if isinstance(error, NotGivenError) else type(error).__name__
            await _record(asked, wanted, who, permit, outcome, None)
        raise
    if not asked.row.stays_sealed and holds_names(answer):
        opener = asked.service.opener
        await run_sync(partial(open_names, answer, opener, needs_names=permit.names))
    if permit.recorded:
        body = getattr(answer, "body", None)
        digest = None if body is None else hashlib.sha256(body).hexdigest()
        await _record(asked, wanted, who, permit, ANSWERED, digest)
        answer.headers["Cache-Control"] = PRIVATE
    return answer


async def _looked_up(askers: Sequence[Asker], wanted: Wanted, asked: Asked) -> Wanted:
    """Look up what the decision may turn on, by one connection."""
    if not look_ups(askers, wanted):
        return wanted
    service = asked.service

    def look_up(connection: Connection[Any]) -> Wanted:
        known = KnownSubject(connection, service.gate.consents)
        return looked_up(askers, wanted, known, service.today())

    found: Wanted = await service.ask(look_up)
    return found


def _decide(
    askers: tuple[Asker, ...], wanted: Wanted, asked: Asked
) -> tuple[Asker, AccessDecision]:
    """Decide for each role that a key has; the first to which it is given counts."""
    policy, today = load_access_policy(), asked.service.today()
    return decide_for(askers, wanted, policy, today)


async def _askers(asked: Asked) -> tuple[Asker, ...]:
    """Say who asks: the public without a key. Raises `NotGivenError` for a key that is none."""
    said = asked.request.headers.getlist("authorization")
    if not said:
        signed_in = asked.signed_in
        return (PUBLIC_ASKER,) if signed_in is None else (*signed_in.askers, PUBLIC_ASKER)
    scheme, _, key = said[0].partition(" ")
    found: tuple[Asker, ...] = ()
    if len(said) == 1 and scheme.lower() == "bearer":
        found = await asked.service.ask(asked.service.gate.askers, key.strip())
    if not found:
        raise NotGivenError(RefusalCode.UNAUTHENTICATED, NO_KEY_IN_FORCE)
    return found


async def _wanted(asked: Asked) -> Wanted:
    """Say what is asked for, by what the row gives and takes, and for what, by the headers."""
    given, takes = asked.row.gives, asked.row.takes
    platform: Platform | None = asked.said("platform") or asked.row.platform
    subject: str | None = asked.said("subject")
    region: str | None = asked.said("region")
    of: str | None = asked.said("department") or asked.said("organisation")
    if p.RECEIPT in takes and asked.service.desk is not None:
        asked.receipt = await asked.service.ask(asked.service.desk.receipt, asked[p.RECEIPT])
        of = None if asked.receipt is None else asked.receipt.department
    if given is Gives.ACTS and of is None:
        raise BadRequestError("department", "", Words("must be given", "必填"))
    if given is Gives.WARNINGS and region is not None:
        region = warning_region(region)
    return Wanted(
        gives=given,
        platform=platform,
        subject=subject,
        of=of,
        seat=region,
        purpose=_purpose(asked),
        basis=_basis(asked),
    )


def _purpose(asked: Asked) -> Purpose | None:
    said = asked.request.headers.get("credit-purpose")
    if said is None:
        return None if asked.signed_in is None else asked.signed_in.purpose
    code = said.strip().lower()
    if code not in set(Purpose):
        rule = ", ".join(Purpose)
        raise BadRequestError(
            "Credit-Purpose", code[:60], Words(f"one of: {rule}", f"须为下列之一：{rule}")
        )
    return Purpose(code)


def _basis(asked: Asked) -> str | None:
    """Read the basis, as UTF-8. An identity number in it is refused, and not repeated."""
    said = asked.request.headers.get("credit-basis")
    if said is None:
        return None if asked.signed_in is None else asked.signed_in.basis
    try:
        basis = said.encode("latin-1").decode("utf-8").strip()
    except UnicodeDecodeError:
        basis = ""
    return read_basis(basis)


def read_basis(basis: str) -> str:
    """Read a basis. Raises `BadRequestError`."""
    if not basis or len(basis) > BASIS_MAX or has_identity_number(basis):
        rule = Words(
            f"a law, a case number or the id of a consent, in UTF-8, of at most {BASIS_MAX} "
            "characters, without an identity number",
            f"须为法律依据、案号或授权编号（UTF-8，至多 {BASIS_MAX} 字），不得含公民身份号码",
        )
        raise BadRequestError("Credit-Basis", NOT_SHOWN, rule)
    return basis


async def _record(
    asked: Asked,
    wanted: Wanted,
    who: Asker,
    decision: AccessDecision,
    outcome: str,
    digest: str | None,
) -> None:
    """Keep the inquiry. Raises `NotGivenError` where it is not kept in time."""
    inquiry = inquiry_of(
        who,
        wanted,
        decision,
        load_access_policy(),
        inquiry_id=str(uuid.uuid4()),
        at=asked.service.now(),
        question=f"{asked.request.method} {asked.row.path}",
        channel="http",
        outcome=outcome,
        subjects=asked.subjects,
        digest=digest,
    )
    try:
        async with asyncio.timeout(RECORDED_WITHIN_S):
            await asked.service.recorder.record(inquiry)
    except (InquiryUnrecordedError, TimeoutError):
        raise NotGivenError(RefusalCode.INQUIRY_NOT_RECORDED, decision.rule) from None
