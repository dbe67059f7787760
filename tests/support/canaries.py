"""Persons made up to be looked for afterwards: what is said of them stands nowhere else."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final, Self

import httpx
from xlsxwriter import Workbook

from events.identifiers import identity_number
from ops.local.port import kept_port
from ops.sdk.outbox import OutboxRelay, create_outbox, emit
from ops.vault.opening import opened_vault
from projections.sealing.wrapping import unwrapped_key
from projections.store.vault.copying import copied, one_moment
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S
from tests.unit.ops.submission.test_persons import HEAD, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ops.vault.opening import VaultSettings

NAME: Final = "犇猋骉{}"
SHEET: Final = NAME.format(0)
STORY: Final = "龘靐齉之事第{}件"
PREFIX: Final = "33262219000203"
SOUGHT: Final = ("犇猋骉", "龘靐齉", PREFIX)
"""What the names, the stories and the identity numbers of all of them hold."""

LINES: Final = "application/x-ndjson"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BADLY: Final = (("/v1/submissions", LINES), ("/v1/submissions", "text/csv"), ("/v1/seal", LINES))
OF_A_DEPARTMENT: Final = ("--department", "market-zj", "--category", "penalty.market")


def number(n: int) -> str:
    return identity_number(f"{PREFIX}{n:03}")


def canary(n: int, **said: object) -> dict[str, object]:
    return {
        "event_type": "PenaltyImposed",
        "category": "penalty.market",
        "subject_number": number(n),
        "subject_name": NAME.format(n),
        "document_no": f"雀罚〔2025〕{n}号",
        "occurred_on": "2025-03-04",
        "legal_basis": "《中华人民共和国食品安全法》第一百二十二条",
        "kinds": ["fine"],
        "fine_fen": 5_000_00,
        "facts": STORY.format(n),
        "final_on": "2025-05-04",
        **said,
    }


def canaries(first: int, count: int) -> str:
    return "\n".join(json.dumps(canary(n), ensure_ascii=False) for n in range(first, first + count))


def a_table(first: int, count: int) -> str:
    rows = [
        line(name=NAME.format(n), number=number(n), no=f"雀罚〔2024〕{n}号", facts=STORY.format(n))
        for n in range(first, first + count)
    ]
    bad = [
        line(name=NAME.format(1), number=number(1)[:-1] + "A", no="雀坏1"),
        line(name=NAME.format(1), number=NAME.format(1), no="雀坏2", day=NAME.format(2)),
        line(name=number(3), number=number(3), no="雀坏3", kinds=STORY.format(3)),
        line(name=NAME.format(1), number=number(1), no=number(1), facts=number(2)),
        line(name=NAME.format(4), number=number(4), no="雀坏4", fine=NAME.format(4)) + ",x,y",
    ]
    return "\n".join([HEAD, *rows, *bad])


def a_workbook(first: int, count: int) -> bytes:
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        sheet = book.add_worksheet(SHEET)
        for at, text in enumerate(a_table(first, count).splitlines()):
            sheet.write_row(at, 0, text.split(","))
    return written.getvalue()


def bad_bodies() -> list[str]:
    said = json.dumps(canary(40), ensure_ascii=False)
    return [
        said[:-20],
        f"[{said}]",
        json.dumps({**canary(41), "subject_number": int(number(41)[:17] + "0")}),
        json.dumps({**canary(42), NAME.format(42): STORY.format(42)}, ensure_ascii=False),
        json.dumps({**canary(43), "kinds": [NAME.format(43)]}, ensure_ascii=False),
        json.dumps({**canary(44), "subject_id": number(44)}),
        json.dumps({**canary(45), "aliases": [{"scheme": NAME.format(1)}]}, ensure_ascii=False),
        f'{{"{NAME.format(46)}": 1, "{NAME.format(46)}": 2}}',
        json.dumps(canary(47)).encode("utf-16").decode("latin-1"),
    ]


class Service:
    """The service as a process, asked by a department."""

    def __init__(self, log: Path, key: str, **environment: str) -> None:
        # No outgoing connection of others gets it meanwhile, nor while the service is away.
        port = kept_port(log.with_suffix(".port"))
        self.address, self.key = f"http://127.0.0.1:{port}", key
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ops", "serve", "--port", str(port)],
                env={**os.environ, **environment},
                stdout=out,
                stderr=out,
            )

    def __enter__(self) -> Self:
        wait_for(self._is_up, AMPLE_S, "the service is up")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def send(self, path: str, body: str | bytes, kind: str) -> httpx.Response:
        return httpx.post(
            f"{self.address}{path}",
            content=body if isinstance(body, bytes) else body.encode(),
            params={"department": "market-zj", "category": "penalty.market"},
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": kind},
            timeout=AMPLE_S,
        )

    def settled(self, receipt: str) -> set[str]:
        """Give the fates of a receipt's lines, once none is under way."""
        until = time.monotonic() + AMPLE_S
        while True:
            told = httpx.get(
                f"{self.address}/v1/submissions/{receipt}",
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=AMPLE_S,
            ).json()["lines"]
            fates = {each["fate"] for each in told}
            if "accepted" not in fates or time.monotonic() > until:
                return fates
            time.sleep(0.2)

    def metrics(self, key: str) -> httpx.Response:
        asked = {"Authorization": f"Bearer {key}"}
        return httpx.get(f"{self.address}/metrics", headers=asked, timeout=AMPLE_S)

    def _is_up(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.address}/healthz", timeout=AMPLE_S).status_code == 200
        return False


def sealed_values(service: Service, first: int, count: int) -> Iterator[tuple[bytes, bytes]]:
    """Let a department's records be sealed; give key and value of each for Kafka."""
    answer = service.send("/v1/seal", canaries(first, count), "application/x-ndjson")
    for each in answer.json()["lines"]:
        yield each["subject_id"].encode(), base64.b64decode(each["value"])


def by_outbox(service: Service, file: Path, first: int, count: int) -> None:
    """Report out of a department's own database."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(file)

    with contextlib.closing(connect()) as connection:
        connection.execute(create_outbox("?"))
        for n in range(first, first + count):
            emit(connection, canary(n), "?")
        connection.commit()
    relay = OutboxRelay(connect, service.address, "market-zj", key=service.key, mark="?")
    wait_for(lambda: relay.deliver() == 0, AMPLE_S, "the outbox is empty")


def keys_of(settings: VaultSettings, subject: str) -> tuple[list[bytes], list[bytes]]:
    """Give the keys of a person in clear, and as they stand wrapped in the vault."""
    plain: list[bytes] = []
    wrapped: list[bytes] = []
    with opened_vault(settings) as vault, one_moment(vault.connection):
        for each in copied(vault.connection):
            if each.subject_id == subject:
                over = vault.masters.unwrap(each.master, each.wrapped, each.place)
                plain.append(over)
                wrapped.append(each.wrapped)
                for record, box in each.records:
                    plain.append(unwrapped_key(over, box, (*each.place, record))[1])
                    wrapped.append(box)
    return plain, wrapped


def files_of(folder: Path, first: int) -> list[Path]:
    """Write a file of each form as a department has it: ten persons, and bad lines."""
    writes: list[tuple[str, Callable[[Path], object]]] = [
        ("csv", lambda place: place.write_text(a_table(first, 5), "utf-8")),
        ("xlsx", lambda place: place.write_bytes(a_workbook(first + 5, 3))),
        ("ndjson", lambda place: place.write_text(canaries(first + 8, 2), "utf-8")),
    ]
    files = [folder / f"{NAME.format(n)}.{kind}" for n, (kind, _) in enumerate(writes)]
    for file, (_, write) in zip(files, writes, strict=True):
        write(file)
    return files
