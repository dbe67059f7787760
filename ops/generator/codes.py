"""Made-up credit codes, valid by their check digits, which name nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.identifiers import UnusableNumberError, credit_code, organisation_code
from events.rules.divisions import ZHEJIANG_CITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

SYNTHETIC_SERIAL_MAX: Final = 99_999
SYNTHETIC_KINDS: Final = ("91", "92", "93")
SYNTHETIC_CODES_MAX: Final = SYNTHETIC_SERIAL_MAX * len(ZHEJIANG_CITIES) * len(SYNTHETIC_KINDS)


def synthetic_credit_code(serial: int, division: str, kind: str = "91") -> str:
    """Make a valid credit code that can belong to nobody; `serial` is 1 to 99,999."""
    if not 1 <= serial <= SYNTHETIC_SERIAL_MAX:
        raise UnusableNumberError
    return credit_code(f"{kind}{division}{organisation_code(f'PDY{serial:05}')}")


def synthetic_credit_code_at(index: int) -> str:
    """Return the code at a place, from 0, of the list of synthetic codes of Zhejiang.

    Neighbours differ in serial and city. Organisation codes repeat after 99,999, credit codes
    never; the list ends after `SYNTHETIC_CODES_MAX`.
    """
    if not 0 <= index < SYNTHETIC_CODES_MAX:
        raise UnusableNumberError(f"there are {SYNTHETIC_CODES_MAX:,} synthetic codes")
    # Each round of serials meets every city one place further on, so no pair comes twice.
    rounds, serial = divmod(index, SYNTHETIC_SERIAL_MAX)
    kind, turn = divmod(rounds, len(ZHEJIANG_CITIES))
    division = ZHEJIANG_CITIES[(serial + turn) % len(ZHEJIANG_CITIES)]
    return synthetic_credit_code(serial + 1, division, SYNTHETIC_KINDS[kind])


def synthetic_credit_codes(count: int) -> Iterator[str]:
    """Yield the first `count` distinct synthetic codes of Zhejiang, always the same."""
    return map(synthetic_credit_code_at, range(count))
