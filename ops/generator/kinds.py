"""What stands in the made-up ledger, and how often: the kinds, their episodes, the mix.

An episode is what belongs together: a notice, the defence, the entry, the removal. A history is
laid out of whole episodes (see `ops.generator.layout`), so whatever follows finds what it is about.
"""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Final, NamedTuple


class SlotKind(StrEnum):
    """What stands at a slot."""

    REGISTERED = auto()
    CHANGED = auto()
    RELATED = auto()
    UNRELATED = auto()
    DECLARED = auto()
    INDICATED = auto()
    LICENSED = auto()
    """A licence; about another, its renewal."""
    GRADED = auto()
    HONOUR = auto()
    RED_LISTED = auto()
    PASSED = auto()
    FAILED = auto()
    RECALLED = auto()
    CONDUCT = auto()
    PENALTY = auto()
    ARREARS = auto()
    PAID = auto()
    DEFAULTED = auto()
    COMMITTED = auto()
    SETTLED = auto()
    FILED = auto()
    JUDGED = auto()
    CONVICTED = auto()
    ENFORCED = auto()
    DEFAULTER = auto()
    NOTICED = auto()
    HEARD = auto()
    LISTED = auto()
    """An entry on a list; about no notice, it came without one."""
    DELISTED = auto()
    MEASURED = auto()
    RESPONDED = auto()
    LIFTED = auto()
    ACKNOWLEDGED = auto()
    OBJECTED = auto()
    EXTENDED = auto()
    ANSWERED = auto()
    STATED = auto()
    REPAIR_APPLIED = auto()
    REPAIR_DECIDED = auto()
    CORRECTED = auto()
    REVOKED = auto()
    AHEAD = auto()
    """An amendment of the record that is reported only next."""
    REPEATED = auto()
    CONFLICT = auto()
    CERTIFIED = auto()
    """A certificate of a product; about another, its next state."""
    ITEMISED = auto()


_K = SlotKind
BAD: Final = frozenset(
    {
        *(_K.FAILED, _K.RECALLED, _K.CONDUCT, _K.PENALTY, _K.ARREARS, _K.DEFAULTED),
        *(_K.ENFORCED, _K.DEFAULTER, _K.LISTED),
    }
)
OPENING: Final = BAD | {
    *(_K.CHANGED, _K.RELATED, _K.DECLARED, _K.INDICATED, _K.LICENSED, _K.GRADED, _K.HONOUR),
    *(_K.RED_LISTED, _K.PASSED, _K.COMMITTED, _K.FILED, _K.JUDGED, _K.CONVICTED, _K.NOTICED),
    *(_K.MEASURED, _K.ACKNOWLEDGED, _K.CERTIFIED, _K.ITEMISED),
}
"""Kinds that open a record of their own; `REGISTERED` stands only at the beginning."""

_REPAIRED: Final = frozenset({_K.PENALTY, _K.DEFAULTER, _K.LISTED, _K.DEFAULTED, _K.CONDUCT})
_REPEATED: Final = frozenset(SlotKind) - {_K.REPEATED, _K.CONFLICT, _K.AHEAD, _K.REGISTERED}


class Step(NamedTuple):
    """One event of an episode, and what it is about.

    `back` counts the steps to it, -1 being the next; or it is one of the kinds `of`, anywhere
    shortly before. `within` is how many days it follows the step before at most, 0 for any.
    """

    kind: SlotKind
    back: int = 0
    of: frozenset[SlotKind] = frozenset()
    within: int = 0


class Episode(NamedTuple):
    """What belongs together, and how often it is dealt to each sort of history."""

    steps: tuple[Step, ...]
    sound: int = 0
    troubled: int = 0
    long: int = 0
    body: int = 0
    person: int = 0


def _one(kind: SlotKind, *parts: int, of: frozenset[SlotKind] = frozenset()) -> Episode:
    return Episode((Step(kind, of=of),), *parts)


_PAID: Final = Step(_K.PAID, 1, within=150)
_SETTLED: Final = Step(_K.SETTLED, 1, within=120)
_HEARD: Final = Step(_K.HEARD, 1, within=10)
_DELISTED: Final = Step(_K.DELISTED, 1, within=700)
_MEASURED: Final = Step(_K.MEASURED, 1, within=60)
_RESPONDED: Final = Step(_K.RESPONDED, 1, within=30)
_RELIEVED: Final = Step(_K.LIFTED, 2, within=400)
_OBJECTED: Final = Step(_K.OBJECTED, of=BAD)
_ANSWERED: Final = Step(_K.ANSWERED, 1, within=30)
_APPLIED: Final = Step(_K.REPAIR_APPLIED, of=_REPAIRED)
_DECIDED: Final = Step(_K.REPAIR_DECIDED, 1, within=30)
_AHEAD: Final = Step(_K.AHEAD, -1)

# The mix: how often each episode is dealt, by sort of history. Of five organisations three are
# sound and two troubled, so that what is bad gathers on some of them; of a hundred subjects five
# are bodies (organs of state, institutions, associations). Whoever has a thousand events or more
# has what long histories consist of: cases, judgments and inspections that were passed.
# Of 1,000 events of organisations, 5 a subject, that makes about: 245 registrations and changes,
# 87 licences, 87 inspections (82 % passed), 72 penalties, 70 grades, 99 filings and judgments,
# 45 relations, 30 commendations, 25 arrears and 13 payments, 24 defaults, 22 commitments and
# 31 settlements, 24 indicators, 19 of lists, 11 enforcements, 10 declarations, 10 of conduct,
# 4 recalls, 14 of objections, 9 of repairs, 9 of measures, 8 acknowledgements, 1 merger,
# 25 corrections, 4 revocations; 15 of all of these are repeats and 2 are conflicts.
MIX: Final = (
    #                            sound, troubled, long, body, person
    _one(_K.CHANGED, 270, 140, 8, 80, 0),
    _one(_K.RELATED, 78, 60, 6, 10, 150),
    Episode((Step(_K.RELATED), Step(_K.UNRELATED, 1)), 8, 6, 1, 1, 20),
    _one(_K.DECLARED, 24, 12, 2, 4, 0),
    _one(_K.INDICATED, 34, 16, 2, 140, 0),
    _one(_K.LICENSED, 130, 70, 4, 20, 25),
    Episode((Step(_K.LICENSED), Step(_K.LICENSED, 1)), 22, 10, 1, 2, 4),
    _one(_K.GRADED, 150, 75, 4, 0, 0),
    _one(_K.HONOUR, 54, 10, 2, 40, 40),
    _one(_K.RED_LISTED, 6, 0, 1, 4, 10),
    _one(_K.PASSED, 120, 60, 700, 30, 4),
    _one(_K.FAILED, 8, 84, 2, 2, 2),
    _one(_K.RECALLED, 1, 14, 1, 0, 0),
    Episode((Step(_K.FAILED), Step(_K.RECALLED, 1, within=60)), 0, 8, 1, 0, 0),
    _one(_K.CONDUCT, 2, 54, 2, 30, 60),
    _one(_K.ACKNOWLEDGED, 0, 60, 2, 4, 10),
    _one(_K.FILED, 24, 24, 500, 30, 30),
    Episode((Step(_K.FILED), Step(_K.JUDGED, 1, within=300)), 26, 22, 350, 20, 20),
    _one(_K.JUDGED, 24, 24, 500, 30, 30),
    _one(_K.CONVICTED, 0, 3, 0, 0, 8),
    Episode((Step(_K.JUDGED), Step(_K.ENFORCED, 1, within=300)), 0, 10, 2, 2, 8),
    Episode((Step(_K.ENFORCED), _SETTLED), 0, 20, 1, 2, 10),
    _one(_K.ENFORCED, 0, 50, 1, 2, 10),
    _one(_K.PENALTY, 10, 330, 3, 4, 60),
    Episode((Step(_K.PENALTY), _SETTLED), 4, 130, 2, 2, 30),
    _one(_K.ARREARS, 2, 66, 2, 1, 10),
    Episode((Step(_K.ARREARS), _PAID), 4, 64, 2, 1, 10),
    Episode((Step(_K.ARREARS), Step(_K.PAID, 1, within=90), Step(_K.PAID, 2)), 1, 14, 1, 0, 2),
    _one(_K.DEFAULTED, 2, 66, 2, 20, 50),
    Episode((Step(_K.DEFAULTED), _SETTLED), 2, 64, 2, 20, 40),
    _one(_K.COMMITTED, 30, 20, 2, 20, 10),
    Episode((Step(_K.COMMITTED), _SETTLED), 12, 10, 1, 6, 4),
    _one(_K.LISTED, 0, 4, 0, 1, 2),
    Episode((Step(_K.LISTED), _DELISTED), 0, 3, 0, 0, 1),
    _one(_K.DEFAULTER, 0, 12, 1, 1, 10),
    Episode((Step(_K.DEFAULTER), _DELISTED), 0, 8, 1, 1, 10),
    _one(_K.NOTICED, 0, 3, 0, 0, 2),
    Episode((Step(_K.NOTICED), _HEARD), 0, 3, 0, 0, 1),
    Episode((Step(_K.NOTICED), Step(_K.LISTED, 1, within=40)), 0, 6, 1, 0, 2),
    Episode((Step(_K.NOTICED), _HEARD, Step(_K.LISTED, 2, within=40)), 0, 6, 1, 0, 2),
    Episode((Step(_K.NOTICED), Step(_K.LISTED, 1, within=40), _DELISTED), 0, 5, 1, 0, 2),
    Episode((Step(_K.HONOUR), _MEASURED), 3, 0, 0, 1, 1),
    Episode((Step(_K.HONOUR), _MEASURED, _RESPONDED), 5, 0, 1, 1, 2),
    Episode((Step(_K.DEFAULTER), _MEASURED), 0, 6, 0, 0, 2),
    Episode((Step(_K.DEFAULTER), _MEASURED, _RESPONDED), 0, 8, 1, 0, 4),
    Episode((Step(_K.DEFAULTER), _MEASURED, _RESPONDED, _RELIEVED), 0, 8, 1, 0, 4),
    Episode((_OBJECTED,), 0, 8, 1, 1, 4),
    Episode((_OBJECTED, _ANSWERED), 1, 44, 2, 2, 12),
    Episode((_OBJECTED, Step(_K.EXTENDED, 1, within=20), Step(_K.ANSWERED, 2, within=30)), 0, 6, 1),
    _one(_K.STATED, 0, 20, 1, 1, 0, of=BAD),
    Episode((_APPLIED,), 0, 6, 1, 0, 4),
    Episode((_APPLIED, _DECIDED), 1, 46, 2, 1, 12),
    _one(_K.CORRECTED, 40, 58, 50, 16, 20, of=OPENING),
    _one(_K.REVOKED, 8, 12, 8, 3, 5, of=OPENING | {_K.CORRECTED}),
    _one(_K.REPEATED, 36, 44, 40, 12, 14, of=_REPEATED),
    _one(_K.CONFLICT, 5, 6, 5, 2, 3, of=OPENING),
    Episode((_AHEAD, Step(_K.ARREARS)), 1, 2, 1, 0, 1),
    Episode((_AHEAD, Step(_K.DEFAULTER)), 0, 2, 1, 0, 1),
    Episode((_AHEAD, Step(_K.LICENSED)), 3, 1, 0, 1, 1),
    Episode((_AHEAD, Step(_K.JUDGED)), 3, 2, 8, 1, 1),
    _one(_K.CERTIFIED, 4, 2, 1),
    Episode((Step(_K.CERTIFIED), Step(_K.CERTIFIED, 1)), 1, 3, 1),
    _one(_K.ITEMISED, 6, 4, 1, 2),
)
"""How often each episode is dealt, in the columns of `Episode`."""
