"""What every text is held to: length, characters, and what may not be said of persons."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.admission.event_texts import SUBJECT, texts_but_ids, texts_of
from events.admission.rejection import NOT_SHOWN, Reason, RejectionReason, reason
from events.admission.secrecy import COMMON, check_secrecy
from events.characters import TURNING, plain
from events.envelope import Platform
from events.fields import Holds, holds
from events.identifiers import credit_code_problem
from events.persons import (
    has_identity_number,
    has_many_digits,
    names_card,
    names_person_beside_card,
    uuid_has_many_digits,
)
from events.sealing.form import SealCheck, looks_sealed, no_seal_holds, sealed_text
from events.sealing.texts import sealed_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from events.event import Event
    from events.fields import Mark
    from events.rules.rulebook import Rulebook

TEXT_CHARACTERS_MAX: Final = 8_000
NAME_CHARACTERS_MAX: Final = 400
_PARTIES: Final = (Holds.PARTY, Holds.SUCCESSOR)
_NAMED_MAX: Final = 5
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters (Cc) but line feed and tab, and halves of surrogate pairs (Cs).

What only shows nothing was taken out before (`normal_form`). What turns the direction of reading is
refused with these: it makes a name or a number look like another one.
"""

_UNFIT: Final = re.compile(f"{_CONTROL.pattern}|{TURNING.pattern}")

_BETWEEN: Final = "界"
"""Stands between texts that are looked at together, so that a find cannot be of two of them.

Any ideograph does that no pattern asks for: it is no digit and nothing that may stand between
digits, and NFKC leaves it as it is, beside whatever it stands.
"""

_REPEATS_WORDS: Final = frozenset(
    {
        RejectionReason.CORRECTION_FIELD_UNKNOWN,
        RejectionReason.CORRECTION_VALUE_WRONG,
        RejectionReason.LEGAL_BASIS_NOT_CITED,
        RejectionReason.PERIOD_MALFORMED,
        RejectionReason.TEXT_HAS_CONTROL_CHARACTERS,
        RejectionReason.VALUE_NOT_ALLOWED,
    }
)


def _unfit(text: str) -> str:
    """Name what cannot be seen, each by its place, and nothing of the text that hides it."""
    places = list(islice(_UNFIT.finditer(text), _NAMED_MAX + 1))
    named = [f"U+{ord(at[0]):04X} at character {at.start() + 1}" for at in places[:_NAMED_MAX]]
    return ", ".join([*named, "…"] if len(places) > _NAMED_MAX else named)


class Sealing(NamedTuple):
    """How texts about persons are taken: sealed, or in clear by the door that is to seal them."""

    holds: SealCheck = no_seal_holds
    is_to_come: bool = False


UNSEALED: Final = Sealing()
"""Without a key no text is taken as sealed, and none in clear."""


def check_texts(
    event: Event,
    platform: Platform,
    rulebook: Rulebook,
    on: date,
    sealing: Sealing = UNSEALED,
    event_id: str = "",
) -> Iterable[Reason]:
    """Check every text: length, control characters, secrets, what may not be said of persons.

    What is sealed cannot be looked at, and was looked at before; `event_id` is the one derived.
    """
    if platform is Platform.ORGANISATION:
        ids, texts = _apart(event, event_id)
        if not stands_out(ids, texts, rulebook):
            return ()  # As of nearly every event: a look at each text would find nothing either.
    return check_each_text(event, platform, rulebook, on, sealing, event_id)


def _apart(event: Event, event_id: str) -> tuple[list[str], list[str]]:
    """Give all texts: the ids in which no identity number need be looked for, and the others.

    Of the subject its own check judges that. What is derived, and so a UUID, hardly ever holds one.
    """
    envelope, texts = event.envelope, texts_but_ids(event)
    if envelope.event_id == event_id and not uuid_has_many_digits(event_id):
        return [envelope.subject_id, event_id], texts
    return [envelope.subject_id], [*texts, envelope.event_id]


def stands_out(ids: list[str], texts: list[str], rulebook: Rulebook) -> bool:
    """Say whether a look at all texts together finds what a look at each must judge."""
    said = _BETWEEN.join(texts)
    together = _BETWEEN.join((*ids, said))
    if len(together) > NAME_CHARACTERS_MAX:
        longest = max(map(len, (*ids, *texts)))
        if longest > NAME_CHARACTERS_MAX:
            return True
    return (
        _UNFIT.search(together) is not None
        or COMMON in together
        or names_card(said)
        or (has_many_digits(said) and any(map(has_identity_number, texts)))
        or _any_of(rulebook.forbidden_words).search(plain(together)) is not None
    )


def check_each_text(
    event: Event,
    platform: Platform,
    rulebook: Rulebook,
    on: date,
    sealing: Sealing,
    event_id: str,
) -> Iterator[Reason]:
    """Check text by text, as `check_texts` does where anything may stand out."""
    is_of_person = platform is Platform.PERSON
    for field, text, mark in texts_of(event):
        is_personal = is_of_person and holds(mark, Holds.WORDS, Holds.PERSON_NAME)
        if is_personal and not sealing.is_to_come and looks_sealed(text):
            yield from _check_seal(event, event_id, field, text, sealing.holds)
            continue
        is_free = holds(mark, Holds.WORDS, Holds.OPERATOR_WORDS)
        limit = TEXT_CHARACTERS_MAX if is_free else NAME_CHARACTERS_MAX
        if len(text) > limit:
            rule = f"at most {limit} characters; attach longer texts by their digest"
            yield reason(RejectionReason.TEXT_TOO_LONG, field, f"{len(text)} characters", rule)
        if _UNFIT.search(text):
            rule = "no control characters but line feed and tab, and none that turns the direction"
            yield reason(RejectionReason.TEXT_HAS_CONTROL_CHARACTERS, field, _unfit(text), rule)
        if COMMON in text:
            yield from check_secrecy(field, text, event, rulebook.secrecy, on)
        if text and is_personal and not sealing.is_to_come:
            rule = "names and free texts about a natural person come sealed: report over a door"
            yield reason(RejectionReason.PERSON_DATA_IN_CLEAR, field, NOT_SHOWN, rule)
        elif not holds(mark, *_PARTIES) or credit_code_problem(text) is not None:
            yield from _check_personal(field, mark, text, rulebook, on)
            if is_personal:
                yield from _check_consent(field, text, rulebook)


def _check_seal(
    event: Event, event_id: str, field: str, text: str, seal_holds: SealCheck
) -> Iterator[Reason]:
    sealed = sealed_text(text)
    if sealed is None or not seal_holds(sealed_place(event, event_id, field), sealed):
        rule = "sealed by no door of ours, or for another subject, record or field: seal it anew"
        yield reason(RejectionReason.SEAL_BROKEN, field, NOT_SHOWN, rule)


def _check_personal(
    field: str, mark: Mark | None, text: str, rulebook: Rulebook, on: date
) -> Iterator[Reason]:
    # The value is never repeated here: the refusal itself must not spread what it refuses.
    # What is longer than any text may be is refused for that, so its end need not be searched.
    is_number = holds(mark, Holds.NUMBER)
    if field == SUBJECT:
        pass  # What stands there is said by the check of the subject.
    elif has_identity_number(text[:TEXT_CHARACTERS_MAX], today=on, is_number=is_number):
        rule = (
            "a resident identity number may not stand in a text, whatever stands between its digits"
        )
        yield reason(RejectionReason.PERSON_DATA_IN_CLEAR, field, NOT_SHOWN, rule)
    elif names_person_beside_card(text[:TEXT_CHARACTERS_MAX]):
        rule = "a person's name may not stand beside a word for an identity card (身份证)"
        yield reason(RejectionReason.PERSON_DATA_IN_CLEAR, field, NOT_SHOWN, rule)
    text = plain(text)
    if not _any_of(rulebook.forbidden_words).search(text):
        return  # As of nearly every text: one look for all words at once.
    for kind, words in rulebook.forbidden_words.items():
        if any(word in text for word in words):
            rule = f"information on {kind.replace('_', ' ')} may never be collected"
            yield reason(RejectionReason.PERSONAL_DATA_FORBIDDEN, field, NOT_SHOWN, rule)


def _check_consent(field: str, text: str, rulebook: Rulebook) -> Iterator[Reason]:
    """Refuse of a person what needs written consent, where the text says of none."""
    text = plain(text)
    if not _any_of(rulebook.words_by_consent).search(text):
        return
    if _any_of(rulebook.words_of_consent).search(text):
        return
    for kind, words in rulebook.words_by_consent.items():
        if any(word in text for word in words):
            rule = f"{kind.replace('_', ' ')} may be collected with the person's written consent"
            yield reason(RejectionReason.PERSONAL_DATA_WITHOUT_CONSENT, field, NOT_SHOWN, rule)


_ANY_OF: Final[dict[int, tuple[Mapping[str, list[str]], re.Pattern[str]]]] = {}


def _any_of(words: Mapping[str, list[str]]) -> re.Pattern[str]:
    """Give the pattern of any of the words; made once of each list, which it is kept beside."""
    known = _ANY_OF.get(id(words))
    if known is None or known[0] is not words:
        every = sorted({re.escape(word) for listed in words.values() for word in listed})
        # Without a word there is nothing to find; an empty pattern would find something anywhere.
        known = _ANY_OF[id(words)] = words, re.compile("|".join(every) or "(?!)")
    return known[1]


def without_words(each: Reason, platform: Platform) -> Reason:
    """Keep back the words of a submission about a person, which a refusal would spread."""
    if platform is Platform.PERSON and each.code in _REPEATS_WORDS:
        return msgspec.structs.replace(each, value=NOT_SHOWN)
    return each
