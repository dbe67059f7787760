"""A reader of profiles as any client is one: whole documents, and the patches that follow each."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from events.wire.codec import decode_record
from projections.writing.patch import patched


class ProfileReader:
    """What a reader of both topics holds of each subject, whichever topic is read ahead."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.documents: dict[str, bytes] = {}
        self.patches = 0
        """How many were applied."""
        self._whole: dict[str, tuple[str, int]] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def take(self, value: bytes) -> None:
        """Take a message of either topic."""
        schema, fields = decode_record(value)
        subject_id = fields["subject_id"]
        if schema.record == "credit.Profile":
            document = fields["document"].encode()
            self.documents[subject_id] = document
            self._whole[subject_id] = sha256(document).hexdigest(), 0
        else:
            self._waiting.setdefault(subject_id, []).append(fields)
        self._go_on(subject_id)

    def _go_on(self, subject_id: str) -> None:
        """Apply what follows; what is of another whole one waits, or was before it."""
        for fields in self._waiting.get(subject_id, []):
            sha, number = self._whole.get(subject_id, ("", 0))
            # Of one partition patches are read in their order.
            if (fields["whole_sha256"], fields["number"]) == (sha, number + 1):
                document = self.documents[subject_id]
                self.documents[subject_id] = patched(document, fields["patch"].encode())
                self._whole[subject_id] = sha, number + 1
                self.patches += 1
