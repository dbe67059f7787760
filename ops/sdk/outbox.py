"""Report to the credit ledger out of a department's own database: nothing lost, nothing twice.

`emit` writes a record into an outbox in the transaction that decides it, so both stand or neither.
`OutboxRelay` hands it in over HTTP, in the order of writing, until the ledger has taken it:

    connection.execute(create_outbox())         # once
    with connection.transaction():
        ...                                     # the department's own work
        emit(connection, {"event_type": "PenaltyImposed", "subject_id": …})

    OutboxRelay(connect, "https://credit.example", "market-zj", key=KEY).run(stop)

Where the department signs, `sign=signs_with(FILE)` names its private key (Ed25519; needs
`cryptography`): what the service makes of each record is signed, byte for byte, before it is handed
in. Another way to sign is a function from the text of a note to the line of its signature.

This file is copied into the department's program as it is; it needs the standard library and
`httpx`. Any driver of DB-API 2.0 (PEP 249) will do whose parameters are `%s` or `?`. A record said
twice is one record of the ledger, so what is handed in again after a crash changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import time
from base64 import b64decode, b64encode
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from threading import Event

CREATE_OUTBOX: Final = """
CREATE TABLE IF NOT EXISTS credit_outbox (
    id       {serial},
    record   text NOT NULL,
    fate     text,
    event_id text,
    reasons  text
)"""
"""The outbox. `fate` is empty until the ledger has answered; what was `refused` or is a `conflict`
stays here with its `reasons`, for somebody to mend and emit anew."""

RECORDS_AT_ONCE: Final = 500
_OLDEST: Final = "SELECT id, record FROM credit_outbox WHERE fate IS NULL ORDER BY id LIMIT 500"
_WRITE: Final = "INSERT INTO credit_outbox (record) VALUES (%s)"
_NOTE: Final = "UPDATE credit_outbox SET fate = %s, event_id = %s, reasons = %s WHERE id = %s"
_REST_S: Final = 0.5
_AGAIN_FIRST_S: Final = 0.5
_AGAIN_MAX_S: Final = 30.0
_ANSWER_WITHIN_S: Final = 60.0
_TAKEN: Final = 202
_MADE: Final = 200
_SERIALS: Final = {
    "%s": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "?": "integer PRIMARY KEY AUTOINCREMENT",
}


class DatabaseConnection(Protocol):
    """A connection of DB-API 2.0."""

    def cursor(self) -> Any:
        """Give a cursor."""

    def commit(self) -> None:
        """Commit."""

    def close(self) -> None:
        """Close."""


class NotTakenAtAllError(Exception):
    """The service refused the request as such: the key, the department or the address is wrong."""


def create_outbox(mark: str = "%s") -> str:
    """Give the statement that makes the outbox; `mark` is how the driver writes a parameter."""
    return CREATE_OUTBOX.format(serial=_SERIALS[mark])


def emit(connection: DatabaseConnection, record: Mapping[str, Any], mark: str = "%s") -> None:
    """Write a record into the outbox, in the transaction that the connection is in.

    `record` has the fields of the ledger's forms (`GET /v1/templates/{event_type}.csv` names
    them). Raises `TypeError` for a value that is no JSON.
    """
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    with closing(connection.cursor()) as cursor:
        cursor.execute(_WRITE.replace("%s", mark), (text,))


class OutboxRelay:
    """Hands in what stands in the outbox, in its order, and notes what became of each."""

    def __init__(
        self,
        connect: Callable[[], DatabaseConnection],
        address: str,
        department: str,
        *,
        key: str | None = None,
        mark: str = "%s",
        client: httpx.Client | None = None,
        sign: Callable[[str], str] | None = None,
    ) -> None:
        """Say where the outbox and the service are, who reports, and the key that shows it.

        `sign` gives the line of the signature under the text of a note, where the department signs.
        """
        headers = {"Content-Type": "application/x-ndjson"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        self._connect = connect
        self._client = client
        self._sign = sign
        self._seal_url = f"{address.rstrip('/')}/v1/seal"
        self._url = f"{address.rstrip('/')}/v1/submissions"
        self._department = department
        self._headers = headers
        self._mark = mark

    def run(self, stop: Event) -> None:
        """Deliver until told to stop; where database or service is away, again with growing rests.

        Raises `NotTakenAtAllError`, which no waiting mends.
        """
        rest_s = _AGAIN_FIRST_S
        while not stop.is_set():
            try:
                delivered = self.deliver()
            except NotTakenAtAllError:
                raise
            except Exception:  # noqa: BLE001 - whatever driver or network raise: later, again
                stop.wait(rest_s)
                rest_s = min(rest_s * 2, _AGAIN_MAX_S)
                continue
            rest_s = _AGAIN_FIRST_S
            if delivered < RECORDS_AT_ONCE:
                stop.wait(_REST_S)

    def deliver(self) -> int:
        """Hand in the oldest records that have no fate yet; give how many got one.

        Raises what driver or `httpx` raise, and `NotTakenAtAllError`.
        """
        with closing(self._connect()) as connection:
            with closing(connection.cursor()) as cursor:
                cursor.execute(_OLDEST)
                rows = cursor.fetchall()
                if not rows:
                    return 0
                fates = self._handed_in([record for _, record in rows])
                for (number, _), fate in zip(rows, fates, strict=True):
                    cursor.execute(_NOTE.replace("%s", self._mark), (*fate, number))
            connection.commit()
            return len(rows)

    def _handed_in(self, records: Sequence[str]) -> list[tuple[str, str | None, str]]:
        """Give fate, event id and reasons of each record, as the service told them."""
        own = httpx.Client(timeout=_ANSWER_WITHIN_S) if self._client is None else None
        with nullcontext(self._client) if own is None else own as client:
            return self._answered(client, records)

    def _answered(self, client: Any, records: Sequence[str]) -> list[tuple[str, str | None, str]]:
        if self._sign is None:
            lines = self._asked(client, self._url, records, _TAKEN)
            return [_fate(lines[number]) for number in range(1, len(records) + 1)]
        made = self._asked(client, self._seal_url, records, _MADE)
        signed = {n: _signed(line, self._sign) for n, line in made.items() if line["value"]}
        told = self._asked(client, self._url, [*signed.values()], _TAKEN) if signed else {}
        fates = {n: _fate(told[at]) for at, n in enumerate(signed, 1)}
        return [fates.get(n) or _unmade(made[n]) for n in range(1, len(records) + 1)]

    def _asked(
        self, client: Any, url: str, records: Sequence[str], wanted: int
    ) -> dict[int, Mapping[str, Any]]:
        """Hand records to the service; give what it says of each by its line."""
        while True:
            answer = client.post(
                url,
                params={"department": self._department},
                content="\n".join(records).encode(),
                headers=self._headers,
            )
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                time.sleep(float(answer.headers.get("retry-after", "2")))
                continue
            if (
                answer.status_code != wanted
                and answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
            ):
                raise NotTakenAtAllError(f"{answer.status_code}: {answer.text[:500]}")
            answer.raise_for_status()
            return {each["line"]: each for each in answer.json()["lines"]}


def signs_with(place: str) -> Callable[[str], str]:
    """Give what signs by the private key of a file, as `keys new departments/CODE` makes it.

    Raises `ValueError` where the file holds none; it is never shown.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - who signs alone needs it
        Ed25519PrivateKey,
    )

    with open(place, encoding="utf-8") as file:  # noqa: PTH123 - no path of ours
        name, key_id, seed = file.read().strip().removeprefix("PRIVATE+KEY+").split("+", 2)
    kind, private = b64decode(seed)[:1], b64decode(seed)[1:]
    if kind != b"\x01":
        raise ValueError(f"{place}: no key that signs notes by Ed25519")
    key = Ed25519PrivateKey.from_private_bytes(private)

    def sign(text: str) -> str:
        blob = bytes.fromhex(key_id) + key.sign(text.encode())
        return f"\u2014 {name} {b64encode(blob).decode()}"

    return sign


def _signed(line: Mapping[str, Any], sign: Callable[[str], str]) -> str:
    """Give the line that is handed in of bytes that were made: they and their signature."""
    digest = hashlib.sha256(b64decode(line["value"])).hexdigest()
    text = f"credit-ledger.submission.v1\n{line['topic']}\n{digest}\n"
    return json.dumps({"value": line["value"], "signature": sign(text)}, ensure_ascii=False)


def _unmade(line: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """Give the fate of a record of which no bytes were made: refused, or said twice at once."""
    is_repeat = any(each["code"] == "repeat" for each in line["reasons"])
    fate = "repeat" if is_repeat else "refused"
    return fate, line["event_id"], json.dumps(line["reasons"], ensure_ascii=False)


def _fate(line: Mapping[str, Any]) -> tuple[str, str | None, str]:
    reasons = json.dumps(line["reasons"], ensure_ascii=False)
    return line["fate"], line["event_id"], reasons
