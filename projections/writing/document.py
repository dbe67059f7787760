"""A profile as the document of its message: the whole, or as much of it as a message may hold.

Of a subject with thousands of records the oldest are left out. The document then says how many, by
field, under `left_out`; the query service answers with all of them.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from projections.profile.shapes import Profile

DOCUMENT_BYTES_MAX: Final = 2 * 1024 * 1024
"""Readers of the topic rarely expect more than a few megabytes of one message."""

_LEFT_OUT_BYTES: Final = 1_024
"""More than what is said of all that is left out."""

_canonical: Final = msgspec.json.Encoder(order="sorted")


def profile_document(profile: Profile, bytes_max: int = DOCUMENT_BYTES_MAX) -> bytes:
    """Encode a profile as canonical JSON of at most so many bytes.

    Lists are shortened from their front, where the oldest stands; the longest field first.
    """
    whole = _canonical.encode(profile)
    return whole if len(whole) <= bytes_max else _shortened(profile, len(whole) - bytes_max)


def _shortened(profile: Profile, excess: int) -> bytes:
    fields: dict[str, Any] = msgspec.structs.asdict(profile)
    encoded = {
        name: [_canonical.encode(item) for item in value]
        for name, value in fields.items()
        if isinstance(value, list)
    }
    excess += _LEFT_OUT_BYTES
    left_out: dict[str, int] = {}
    for name, items in sorted(encoded.items(), key=lambda each: -sum(map(len, each[1]))):
        # Each item, and the comma behind it; an empty list keeps its brackets.
        freed = list(accumulate(len(item) + 1 for item in items))
        gone = next((n for n, sum_ in enumerate(freed, 1) if sum_ >= excess), len(items))
        if excess <= 0 or not gone:
            break
        fields[name] = [msgspec.Raw(item) for item in items[gone:]]
        left_out[name] = gone
        excess -= freed[gone - 1]
    return _canonical.encode(fields | {"left_out": left_out})
