"""What goes out of profiles: short ones whole, of long ones what changed since they last went out.

A profile of thousands of records is hundreds of kilobytes, of which an event changes one or two. So
what goes out at once is a patch, and the whole follows when its time has come. Whoever sends says
what became of it: only of what was acknowledged is it known what readers have. What is not known
here, as after a start, goes out whole. Pure.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.profile.shapes import Profile  # noqa: TC001 - a NamedTuple reads its hints
from projections.writing.document import DOCUMENT_BYTES_MAX, profile_document
from projections.writing.outbox import patch_message, profile_message
from projections.writing.patch import patch_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from projections.writing.outbox import ProfileChange

LONG_FROM_BYTES: Final = 8 * 1024
"""From so many bytes of its document on a profile goes out in patches."""

KEPT_BYTES_MAX: Final = 16 * 1024 * 1024
"""Bytes of all documents of which it is known here how they went out; records are shared."""


class _AtReaders(NamedTuple):
    """A long profile as readers have it: its last whole document, and the patches since."""

    profile: Profile
    partition: int
    sha256: str
    bytes: int
    number: int = 0
    patched_bytes: int = 0


class ProfileMessage(NamedTuple):
    """A message of a profile, whole or a patch of it."""

    value: bytes
    is_patch: bool


class Published:
    """Long profiles as readers have them, of the partitions of one process."""

    def __init__(self, bytes_max: int = KEPT_BYTES_MAX) -> None:
        """Begin with nothing known; of more than so many bytes the oldest are forgotten."""
        self._bytes_max = bytes_max
        self._bytes = 0
        self._told: OrderedDict[str, _AtReaders] = OrderedDict()
        self._under_way: dict[str, _AtReaders] = {}

    def message(self, change: ProfileChange, partition: int) -> ProfileMessage:
        """Give the message to be sent of a change; until `arrived` its subject is not known."""
        subject_id, profile = change.subject_id, change.profile
        told = self.forget(subject_id)
        if isinstance(profile, bytes):
            return ProfileMessage(profile, is_patch=False)
        if told is not None and told.partition == partition:
            patch = patch_of(told.profile, profile)
            patched = told.patched_bytes + len(patch)
            # Never more in patches than once more whole, and never of what is cut as too long.
            if patched <= told.bytes and told.bytes + patched <= DOCUMENT_BYTES_MAX:
                number = told.number + 1
                self._under_way[subject_id] = told._replace(
                    profile=profile, number=number, patched_bytes=patched
                )
                value = patch_message(change, profile, partition, told.sha256, number, patch)
                return ProfileMessage(value, is_patch=True)
        document = profile_document(profile)
        if LONG_FROM_BYTES <= len(document) <= DOCUMENT_BYTES_MAX // 2:
            digest = sha256(document).hexdigest()
            self._under_way[subject_id] = _AtReaders(profile, partition, digest, len(document))
        value = profile_message(change, profile, partition, document)
        return ProfileMessage(value, is_patch=False)

    def arrived(self, subjects: Collection[str]) -> None:
        """Note that readers have what was made last of these."""
        for subject_id in subjects:
            told = self._under_way.pop(subject_id, None)
            if told is not None:
                self._told[subject_id] = told
                self._bytes += told.bytes
        while self._bytes > self._bytes_max and self._told:
            self.forget(next(iter(self._told)))

    def forget(self, subject_id: str) -> _AtReaders | None:
        """Let the next message of a subject be whole."""
        self._under_way.pop(subject_id, None)
        told = self._told.pop(subject_id, None)
        if told is not None:
            self._bytes -= told.bytes
        return told

    def forget_partition(self, partition: int) -> None:
        """Let the next message of each subject of a partition be whole: others may have sent."""
        for subject_id in [s for s, told in self._told.items() if told.partition == partition]:
            self.forget(subject_id)
