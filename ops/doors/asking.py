"""The door of the command line: the decision, the views and the record of inquiries that HTTP has.

Decide, ask, open names, record, and only then give: in this order. What has a right behind it is
acknowledged by the broker before anything of it is printed; what is public is given without.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeVar, cast

import msgspec

from events.errors import LedgerError
from events.rules.access import Gives, Purpose, load_access_policy
from events.sealing.form import SEALED
from ops.terms.errors import DictionaryError
from projections.access.asker import (
    ANSWERED,
    COUNTED,
    NO_KEY_IN_FORCE,
    PUBLIC_ASKER,
    AccessPermit,
    RefusalCode,
    Wanted,
)
from projections.access.decide import decide_for
from projections.access.inquiry import InquiryUnrecordedError, inquiry_of
from projections.access.looking_up import look_ups, looked_up
from projections.sealing.document import opened_document, records_sealed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import date, datetime

    from psycopg import Connection

    from ops.terms.terms import Terms
    from projections.access.asker import Asker
    from projections.http.asking.gate import Gate
    from projections.http.asking.opening import NameOpener

AnswerT = TypeVar("AnswerT")

CHANNEL: Final = "command line"
_MARK: Final = SEALED.encode()


class QuestionRefusedError(DictionaryError):
    """It is not given to who asks: the code of the refusal, and the row of the policy."""

    exit_code = 1

    def __init__(self, code: RefusalCode, rule: str) -> None:
        """Keep why, and which row decided."""
        super().__init__(f"{code} ({rule})", code=code, rule=rule)
        self.code, self.rule = code, rule

    def told(self, terms: Terms) -> str:
        """Tell why, by which row, and what would help."""
        return terms.say(self.code, "not_given", rule=self.rule)


class ActRefusedError(QuestionRefusedError):
    """Who reports by a verb has no right to: nothing is sent."""

    exit_code = 2


class KeyShown(NamedTuple):
    """What somebody shows at the command line: a key, what for, and on which basis."""

    key: str | None = None
    purpose: Purpose | None = None
    basis: str | None = None


class CommandDoor:
    """Lets one who asks at the command line through, as far as the rows of the policy say."""

    def __init__(
        self,
        connection: Connection[Any],
        gate: Gate,
        shown: KeyShown,
        now: Callable[[], datetime],
        *,
        question: str,
        opener: NameOpener | None = None,
    ) -> None:
        """Keep who asks; `question` names the verb, `now` is in China."""
        self.connection = connection
        self._gate, self._shown, self._now = gate, shown, now
        self._question, self._opener = question, opener

    def ask(
        self,
        wanted: Wanted,
        answer: Callable[[AccessPermit], AnswerT],
        *,
        names: Callable[[AnswerT], Iterable[str]] = lambda _: (),
        stays_sealed: bool = False,
    ) -> AnswerT:
        """Give an answer to who may have it, once it is recorded that it was asked for.

        `names` gives the subjects that an answer names. Raises `QuestionRefusedError`, and what
        `answer` raises.
        """
        passed = self.let_through(wanted)
        with _Counted(self._gate, self.connection, passed, self._now) as counted:
            try:
                given = answer(passed.permit)
            except QuestionRefusedError as error:
                passed.record(error.code, None)
                counted.stands = error.code.value in COUNTED
                raise
            except LedgerError as error:
                # That there is nothing, or that it may not be asked so, is an answer too.
                passed.record(type(error).__name__, None)
                raise
            if not stays_sealed:
                given = self._opened(given, passed.permit)
            body = _bytes_of(given)
            passed.record(ANSWERED, body, list(names(given)))
            counted.stands = True
        return given

    def let_act(self, department: str) -> None:
        """Let through who says something for a department, once it is recorded where it has to be.

        Raises `ActRefusedError`, and `InquiryNotKeptError`.
        """
        try:
            passed = self.let_through(Wanted(gives=Gives.LOCAL_ACTS, of=department))
        except InquiryNotKeptError:
            raise
        except QuestionRefusedError as error:
            raise ActRefusedError(error.code, error.rule) from None
        passed.record(ANSWERED, None)

    def let_through(self, wanted: Wanted) -> Passed:
        """Decide, and record a refusal of somebody known. Raises `QuestionRefusedError`."""
        askers = self._askers()
        on = self._now().date()
        said = msgspec.structs.replace(wanted, purpose=self._shown.purpose, basis=self._shown.basis)
        said = self._looked_up(askers, said, on)
        who, decision = decide_for(askers, said, load_access_policy(), on)
        passed = Passed(self._gate, who, said, decision, self._now, self._question)
        if not isinstance(decision, AccessPermit):
            if who.key_id is not None:
                passed.record(decision.code, None, refused=True)
            raise QuestionRefusedError(decision.code, decision.rule)
        return passed

    def _askers(self) -> tuple[Asker, ...]:
        """Say who asks: the public without a key. Raises for a key that is none."""
        if self._shown.key is None:
            return (PUBLIC_ASKER,)
        found = self._gate.askers(self.connection, self._shown.key)
        if not found:
            raise QuestionRefusedError(RefusalCode.UNAUTHENTICATED, NO_KEY_IN_FORCE)
        return found

    def _looked_up(self, askers: Sequence[Asker], wanted: Wanted, on: date) -> Wanted:
        """Look up what the decision may turn on."""
        if not look_ups(askers, wanted):
            return wanted
        # Only verbs that ask about somebody need it, and it needs the whole fold.
        from projections.queries.known_subject import KnownSubject  # noqa: PLC0415 - see above

        known = KnownSubject(self.connection, self._gate.consents)
        return looked_up(askers, wanted, known, on)

    def _opened(self, answer: AnswerT, permit: AccessPermit) -> AnswerT:
        """Open names where the purpose needs them, and keep them back where it does not."""
        body = _bytes_of(answer)
        if _MARK not in body:
            return answer
        document: Any = msgspec.json.decode(body)
        keys = None
        if permit.names and self._opener is not None:
            keys = self._opener.keys_of(records_sealed_in(document))
        opened = msgspec.json.encode(opened_document(document, keys), order="sorted")
        if isinstance(answer, bytes):
            return cast("AnswerT", opened)
        return msgspec.json.decode(opened, type=type(answer))


class Passed:
    """Somebody who was let through, or refused: what was decided, and where it is recorded."""

    def __init__(
        self,
        gate: Gate,
        who: Asker,
        wanted: Wanted,
        decision: Any,
        now: Callable[[], datetime],
        question: str,
    ) -> None:
        """Keep what an inquiry tells."""
        self._gate, self._who, self._wanted = gate, who, wanted
        self._decision, self._now, self._question = decision, now, question

    @property
    def who(self) -> Asker:
        """Who was let through, in the role that counted."""
        return self._who

    @property
    def permit(self) -> AccessPermit:
        """What is given, and how much of it."""
        permit: AccessPermit = self._decision
        return permit

    def record(
        self,
        outcome: str,
        body: bytes | None,
        subjects: Collection[str] = (),
        *,
        refused: bool = False,
    ) -> None:
        """Record what is given before it is, where the row says so. Raises where it is not kept."""
        if not refused and not self.permit.recorded:
            return
        inquiry = inquiry_of(
            self._who,
            self._wanted,
            self._decision,
            load_access_policy(),
            inquiry_id=str(uuid.uuid4()),
            at=self._now(),
            question=self._question,
            channel=CHANNEL,
            outcome=outcome,
            subjects=list(subjects),
            digest=None if body is None else hashlib.sha256(body).hexdigest(),
        )
        try:
            self._gate.record(inquiry)
        except InquiryUnrecordedError:
            code = RefusalCode.INQUIRY_NOT_RECORDED
            raise InquiryNotKeptError(code, self._decision.rule) from None


class InquiryNotKeptError(QuestionRefusedError):
    """The broker does not take the inquiry, so nothing is answered."""

    exit_code = 3


class _Counted:
    """Counts an answer by the contract of a permit; one that does not stand is given back."""

    def __init__(
        self,
        gate: Gate,
        connection: Connection[Any],
        passed: Passed,
        now: Callable[[], datetime],
    ) -> None:
        self._gate, self._connection, self._passed, self._now = gate, connection, passed, now
        self._contract = passed.permit.bounded_by
        self.stands = False

    def __enter__(self) -> Self:
        contract, on = self._contract, self._now().date()
        if contract and self._gate.take(self._connection, contract, on) is None:
            code = RefusalCode.QUOTA_USED
            self._passed.record(code, None)
            raise QuestionRefusedError(code, self._passed.permit.rule)
        return self

    def __exit__(self, *_: object) -> None:
        if self._contract and not self.stands:
            self._gate.give_back(self._connection, self._contract, self._now().date())


def _bytes_of(answer: Any) -> bytes:
    """Give an answer's bytes as HTTP would send them."""
    return answer if isinstance(answer, bytes) else msgspec.json.encode(answer, order="sorted")
