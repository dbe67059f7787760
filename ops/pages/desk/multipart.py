"""A form with a file (RFC 7578), read in memory: what is reported touches no disk.

Frameworks spool such a file into the temporary folder, where plaintext would stay.
"""

from __future__ import annotations

from email.message import Message
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Final, NamedTuple

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS_MAX: Final = 20
_FIELD_BYTES_MAX: Final = 16_384
_HEAD_END: Final = b"\r\n\r\n"


class NoFormError(LedgerError):
    """What was sent is no form with a file."""


class SentFile(NamedTuple):
    """A file as a browser sends it; `name` is as it was called there, without its folder."""

    name: str
    data: bytes


def read_multipart(kind: str, body: bytes) -> tuple[Mapping[str, str], SentFile | None]:
    """Read the fields and the file of a form, sent as `kind`. Raises `NoFormError`."""
    head = Message()
    head["Content-Type"] = kind
    boundary = head.get_boundary()
    if boundary is None:
        raise NoFormError
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    if not parts or not parts[-1].startswith(b"--") or len(parts) > _FIELDS_MAX:
        raise NoFormError
    return _read(parts[:-1])


def _read(parts: list[bytes]) -> tuple[dict[str, str], SentFile | None]:
    fields: dict[str, str] = {}
    file: SentFile | None = None
    for part in parts:
        written, _, content = part.partition(_HEAD_END)
        head = HeaderParser().parsestr(written.decode("utf-8", "replace").lstrip())
        name = head.get_param("name", header="content-disposition")
        sent_as = head.get_filename()
        if not isinstance(name, str):
            raise NoFormError
        if sent_as is None:
            fields[name] = content[:_FIELD_BYTES_MAX].decode("utf-8", "replace").strip()
        elif sent_as:
            # Browsers write the name as it is, but for a quote, which would end it.
            called = sent_as.replace("%22", '"')
            file = SentFile(called.replace("\\", "/").rpartition("/")[2][-100:], content)
    return fields, file
