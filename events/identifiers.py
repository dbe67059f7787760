"""Numbers that name a subject: normal form, check characters, joins, masks and tokens.

Admission calls this for every record, so the checks are single arithmetic expressions. Nothing
here guesses the kind of a number from its checksum, and nothing rejects on a division code.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from datetime import date
from enum import StrEnum, unique
from typing import Final

from events.errors import LedgerError


@unique
class IdentifierProblem(StrEnum):
    """Why a number cannot be what it claims to be; the first that applies is named."""

    EMPTY = "empty"
    LENGTH_WRONG = "length_wrong"
    CHARACTER_NOT_ALLOWED = "character_not_allowed"
    BIRTH_DATE_IMPOSSIBLE = "birth_date_impossible"
    CHECK_DIGIT_WRONG = "check_digit_wrong"
    ORGANISATION_CHECK_DIGIT_WRONG = "organisation_check_digit_wrong"


class UnusableNumberError(LedgerError):
    """A number cannot be completed, upgraded or tokenised; check it before."""


# Normal form --------------------------------------------------------------------------------------


def normalise_code(text: str) -> str:
    """Return `text` half-width and upper case, without blanks, hyphens and invisible characters."""
    if text.isascii() and text.isalnum():
        return text.upper()
    kept = "".join(c for c in unicodedata.normalize("NFKC", text) if not _is_filler(c))
    # What is not ASCII now is refused later; upper-casing it could turn one letter into others.
    return kept.upper() if kept.isascii() else unicodedata.normalize("NFKC", kept)


def _is_filler(character: str) -> bool:
    # Separators, controls (tab, newline), formats (zero width, soft hyphen), dashes and minus.
    category = unicodedata.category(character)
    return category[0] == "Z" or category in {"Cc", "Cf", "Pd"} or character == "\u2212"


# Check characters ---------------------------------------------------------------------------------
#
# Every weight of these standards is a power: 3 modulo 31 in GB 32100, 2 modulo 11 in GB 11714 and
# GB 11643. So a weighted sum is the number itself, read in a base that leaves that remainder
# (34 = 31 + 3, 35 = 3 * 11 + 2, 13 = 11 + 2), and `int` computes it in one call.

CREDIT_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE_DIGITS: Final = bytes.maketrans(
    CREDIT_CODE_ALPHABET.encode(), b"0123456789ABCDEFGHIJKLMNOPQRSTU"
)
_CREDIT_CODE_CHECKS: Final = "0YXWUTRQPNMLKJHGFEDCBA987654321"
_ORGANISATION_CHECKS: Final = "0X987654321"
_IDENTITY_CHECKS: Final = "10X98765432"

CREDIT_CODE_LENGTH: Final = 18
IDENTITY_NUMBER_LENGTH: Final = 18
_CREDIT_CODE: Final = re.compile(
    rf"[0-9ANY]{{2}}[0-9]{{6}}[{CREDIT_CODE_ALPHABET}]{{8}}[0-9X][{CREDIT_CODE_ALPHABET}]"
)
_ORGANISATION_CODE: Final = re.compile(r"[0-9A-Z]{8}[0-9X]")
_REGISTRATION_NUMBER: Final = re.compile(r"[0-9]{15}")
_TAX_NUMBER: Final = re.compile(r"[0-9]{6}[0-9A-Z]{8}[0-9X]")
_IDENTITY_NUMBER: Final = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}")


def _credit_code_check(body: str) -> str:
    # The standard weighs from the left, `int` from the right: hence the reversal.
    return _CREDIT_CODE_CHECKS[int(body.encode().translate(_CREDIT_CODE_DIGITS)[::-1], 34) % 31]


def _organisation_check(body: str) -> str:
    # Z stands for 35, which base 35 cannot write; modulo 11 it equals 2.
    return _ORGANISATION_CHECKS[2 * int(body.replace("Z", "2"), 35) % 11]


def _registration_check(body: str) -> str:
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def _identity_check(body: str) -> str:
    return _IDENTITY_CHECKS[2 * int(body, 13) % 11]


def credit_code(body: str) -> str:
    """Complete the 17 characters of a unified social credit code with its check character."""
    _require(f"{body}0", _CREDIT_CODE)
    return body + _credit_code_check(body)


def organisation_code(body: str) -> str:
    """Complete the 8 characters of an organisation code with its check character."""
    _require(f"{body}0", _ORGANISATION_CODE)
    return body + _organisation_check(body)


def registration_number(body: str) -> str:
    """Complete the 14 digits of an old business registration number with its check digit."""
    _require(f"{body}0", _REGISTRATION_NUMBER)
    return body + _registration_check(body)


def identity_number(body: str) -> str:
    """Complete the 17 digits of an identity number with its check character."""
    _require(f"{body}0", _IDENTITY_NUMBER)
    return body + _identity_check(body)


def upgraded_identity_number(number: str) -> str:
    """Return an identity number in 18 characters; keep a first one of 15 digits as an alias."""
    if len(number) == IDENTITY_NUMBER_LENGTH:
        return number
    return identity_number(f"{number[:6]}19{number[6:]}")


def _require(number: str, pattern: re.Pattern[str]) -> None:
    # The message never shows the number: it may be a person's.
    if pattern.fullmatch(number) is None:
        raise UnusableNumberError


# Problems -----------------------------------------------------------------------------------------


def credit_code_problem(code: str) -> IdentifierProblem | None:
    """Say what is wrong with a normalised unified social credit code (GB 32100-2015).

    Both check characters must hold, the inner one of the organisation code too: every real code
    seen passes both. The division is never judged; it may be abolished, a zone or in no table.
    """
    if _CREDIT_CODE.fullmatch(code) is None:
        return _shape_problem(code, CREDIT_CODE_LENGTH)
    if _credit_code_check(code[:17]) != code[17]:
        return IdentifierProblem.CHECK_DIGIT_WRONG
    if _organisation_check(code[8:16]) != code[16]:
        return IdentifierProblem.ORGANISATION_CHECK_DIGIT_WRONG
    return None


def organisation_code_problem(code: str) -> IdentifierProblem | None:
    """Say what is wrong with a normalised organisation code (GB 11714-1997, 9 characters)."""
    if _ORGANISATION_CODE.fullmatch(code) is None:
        return _shape_problem(code, 9)
    if _organisation_check(code[:8]) != code[8]:
        return IdentifierProblem.CHECK_DIGIT_WRONG
    return None


def registration_number_problem(number: str) -> IdentifierProblem | None:
    """Say what is wrong with a business registration number (GS 15-2006, 15 digits)."""
    if _REGISTRATION_NUMBER.fullmatch(number) is None:
        return _shape_problem(number, 15)
    if _registration_check(number[:14]) != number[14]:
        return IdentifierProblem.CHECK_DIGIT_WRONG
    return None


def tax_number_problem(number: str) -> IdentifierProblem | None:
    """Say what is wrong with an old tax number: 6 digits of division and an organisation code."""
    if _TAX_NUMBER.fullmatch(number) is None:
        return _shape_problem(number, 15)
    if _organisation_check(number[6:14]) != number[14]:
        return IdentifierProblem.ORGANISATION_CHECK_DIGIT_WRONG
    return None


def identity_number_problem(number: str) -> IdentifierProblem | None:
    """Say what is wrong with an identity number (GB 11643-1999, 18 or the old 15 digits).

    The address prefix is not judged: it is that of the day of issue and stays valid for life.
    """
    if _IDENTITY_NUMBER.fullmatch(number) is None:
        return _shape_problem(number, IDENTITY_NUMBER_LENGTH, 15)
    full = upgraded_identity_number(number)
    try:
        date(int(full[6:10]), int(full[10:12]), int(full[12:14]))
    except ValueError:
        return IdentifierProblem.BIRTH_DATE_IMPOSSIBLE
    return None if _identity_check(full[:17]) == full[17] else IdentifierProblem.CHECK_DIGIT_WRONG


def _shape_problem(number: str, *lengths: int) -> IdentifierProblem:
    if not number:
        return IdentifierProblem.EMPTY
    if len(number) not in lengths:
        return IdentifierProblem.LENGTH_WRONG
    return IdentifierProblem.CHARACTER_NOT_ALLOWED


# Joins between old and new numbers ----------------------------------------------------------------


def organisation_code_of(code: str) -> str:
    """Return the organisation code inside a valid credit code (positions 9 to 17)."""
    return code[8:17]


def organisation_code_of_tax_number(number: str) -> str:
    """Return the organisation code inside a valid old tax number (positions 7 to 15)."""
    return number[6:15]


def same_organisation(code: str, tax_number: str) -> bool:
    """Tell whether a valid credit code and a valid old tax number name one organisation."""
    return organisation_code_of(code) == organisation_code_of_tax_number(tax_number)


# Persons ------------------------------------------------------------------------------------------

PERSON_KEY_BYTES_MIN: Final = 32
_PERSON_TOKEN: Final = re.compile(r"P[0-9a-f]{32}")


def mask_identity(number: str) -> str:
    """Show the first 10 and last 4 characters of an identity number, four stars between.

    The old form of 15 is upgraded first, for it would show all but one digit. What is neither
    form shows nothing at all.
    """
    clean = normalise_code(number)
    if _IDENTITY_NUMBER.fullmatch(clean) is None:
        return "****"
    full = upgraded_identity_number(clean)
    return f"{full[:10]}****{full[-4:]}"


def person_token(number: str, key: bytes) -> str:
    """Return the subject id of a person: `P` and 128 bits of HMAC-SHA-256 in lower-case hex.

    Both forms of a number give one token. No credit code has 33 characters, begins with P or holds
    lower case, so neither can be taken for the other. 128 bits among 41 million persons collide
    with a chance of about 2 in 10^24.

    Raises `UnusableNumberError` for a number that has a problem or a key under 32 bytes.
    """
    clean = normalise_code(number)
    if len(key) < PERSON_KEY_BYTES_MIN or identity_number_problem(clean) is not None:
        raise UnusableNumberError
    full = upgraded_identity_number(clean)
    return f"P{hmac.digest(key, full.encode(), hashlib.sha256).hex()[:32]}"


def is_person_token(text: str) -> bool:
    """Tell whether `text` has the form of a person's subject id."""
    return _PERSON_TOKEN.fullmatch(text) is not None


# Synthetic subjects -------------------------------------------------------------------------------
#
# GB 11714 leaves PDY00001 to PDY99999 to its users: no real organisation ever bears one.
