"""`bench intake`: what departments report over HTTP, and what sealed names cost when shown."""

from __future__ import annotations

import json
import time
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from events.errors import LedgerError
from events.identifiers import identity_number
from events.rules.access import Purpose, Role
from events.rules.rulebook import load_rulebook
from ops.bench.doors.serving import WebQuestion, ask_by_the_clock, ask_once, headers_of
from ops.bench.machine import percentiles
from ops.bench.pipeline import worker_process
from ops.bench.submit import penalty_lines
from ops.bench.windows.service import service_process
from ops.submission.files.template import as_csv
from ops.vault.opening import make_vault_ready, vault_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ops.local.stack import Stack

DEPARTMENT: Final = "market-zj"
CATEGORY: Final = "penalty.market"
SEALED_RECORDS: Final = 200
"""So many records has the person who is shown."""
_FILES: Final = 3
_SHOWN_TIMES: Final = 40
_WARM_UP_S: Final = 5
_RECORDED_WITHIN_S: Final = 120.0
_ASK_EVERY_S: Final = 0.5
_ACCEPTED: Final = 202
_GIVEN: Final = 200
_PATH: Final = f"/v1/submissions?department={DEPARTMENT}&category={CATEGORY}"
_CSV: Final = {"Content-Type": "text/csv"}
_NDJSON: Final = {"Content-Type": "application/x-ndjson"}
_JSON: Final = {"Content-Type": "application/json"}


class IntakeFailedError(LedgerError):
    """The service did not take what was reported, or did not show it."""


def measure_intake(
    stack: Stack, lines: int, rate: int, seconds: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Report and show one person's records; then files of `lines`, then single records.

    Raises `IntakeFailedError`.
    """
    make_vault_ready(vault_settings(stack.postgres))
    reporting = headers_of(stack, Role.DEPARTMENT, DEPARTMENT)
    with service_process(stack) as port:
        shown = _shown_ms(stack, port, reporting, say)
        say(f"reporting {_FILES} files of {lines:,} lines, of firms and of persons")
        bulk = _rate(port, lines, [reporting | _CSV] * _FILES, _file_of_firms)
        persons = _rate(port, lines, [reporting | _NDJSON] * _FILES, _file_of_persons)
        say(f"{bulk:,} records/s of firms, {persons:,} of persons")
        say(f"reporting {rate:,} single records a second for {seconds} s")
        count = rate * (seconds + _WARM_UP_S)
        singles = [
            WebQuestion(_PATH, reporting | _JSON, _encoded(each))
            for each in _of_one_person(count, 1_000_000, 2)
        ]
        answers = ask_by_the_clock(port, singles, rate)[rate * _WARM_UP_S :]
    return {
        "bulk_records_per_s": bulk,
        "bulk_persons_per_s": persons,
        "single_ms": percentiles([each.ms for each in answers]),
        "single_rate_per_s": rate,
        "answers": dict(sorted(Counter(str(each.status) for each in answers).items())),
        "unanswered": sum(each.status != _ACCEPTED for each in answers),
        **shown,
        "method": f"over HTTP, by a department's key: {_FILES} files of {lines:,} lines each, of "
        "firms as CSV of the official form, of persons as NDJSON (each line another person, name "
        "and texts sealed), checked, asked for, sealed, acknowledged by the broker, the receipt "
        "kept: lines by seconds until the answer; single records of a person as JSON by the clock, "
        f"each from its moment on, the first {_WARM_UP_S} s in no figure; no worker meanwhile. "
        f"Shown: one person with {SEALED_RECORDS} records, asked {_SHOWN_TIMES} times each for a "
        "purpose that needs names and for one that needs none, the median of each",
    }


def _rate(
    port: int,
    lines: int,
    headers: Sequence[dict[str, str]],
    file_of: Callable[[int, int], bytes],
) -> int:
    """Report files one after the other; give lines by second until the answer."""
    taken_s = 0.0
    for number, each in enumerate(headers):
        body = file_of(lines, 1 + number * lines)
        status, told, took_s = ask_once(port, WebQuestion(_PATH, each, body))
        fates = Counter(line["fate"] for line in json.loads(told).get("lines", ()))
        if status != _ACCEPTED or fates != {"accepted": lines}:
            raise IntakeFailedError(f"{status} {dict(fates)} {told[:200].decode()}")
        taken_s += took_s
    return round(lines * len(headers) / taken_s)


def _file_of_firms(lines: int, first: int) -> bytes:
    category = load_rulebook().category_of(CATEGORY)
    if category is None:
        raise AssertionError("the catalogue has penalties of market regulation")
    return as_csv(category, penalty_lines(lines, first))


def _file_of_persons(lines: int, first: int) -> bytes:
    made = (_of_person(number, number) for number in range(first, first + lines))
    return b"\n".join(map(_encoded, made))


def _of_one_person(count: int, first: int, person: int) -> Iterator[dict[str, Any]]:
    return (_of_person(number, person) for number in range(first, first + count))


def _of_person(number: int, person: int) -> dict[str, Any]:
    """Make a penalty of a made-up person; the division has no residents."""
    day, serial = divmod(person, 1_000)
    born = f"19{50 + day // 336 % 40}{1 + day // 28 % 12:02}{1 + day % 28:02}"
    return {
        "event_type": "PenaltyImposed",
        "subject_number": identity_number(f"330100{born}{serial:03}"),
        "subject_name": f"样例{person}",
        "document_no": f"样市监罚〔2025〕{number}号",
        "occurred_on": f"2025-{1 + number % 12:02d}-15",
        "legal_basis": "《中华人民共和国食品安全法》第一百二十二条",
        "kinds": ["fine"],
        "fine_fen": 5_000_00,
        "facts": "夜间无照经营",
    }


def _encoded(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def _shown_ms(
    stack: Stack, port: int, reporting: dict[str, str], say: Callable[[str], None]
) -> dict[str, Any]:
    """Report and record one person's records; give what the names in them cost who is shown."""
    made = list(map(_encoded, _of_one_person(SEALED_RECORDS, 2_000_000, 3)))
    whole = WebQuestion(_PATH, reporting | _NDJSON, b"\n".join(made))
    _, sealed, _ = ask_once(port, whole._replace(path=_PATH.replace("submissions", "seal")))
    subject = json.loads(sealed)["lines"][0]["subject_id"]
    status, told, _ = ask_once(port, whole)
    if status != _ACCEPTED:
        raise IntakeFailedError(f"{status} {told[:200].decode()}")
    basis = {"Credit-Basis": "《浙江省公共信用信息管理条例》第二十一条"}
    path = f"/v1/person/subjects/{subject}/profile"
    named, unnamed = (
        WebQuestion(path, {**reporting, **basis, "Credit-Purpose": purpose})
        for purpose in (Purpose.SUPERVISION, Purpose.QUALITY)
    )
    say("a worker records what was reported")
    with worker_process(stack, 1):
        _await_recorded(port, unnamed)
    took: dict[str, list[float]] = {"named": [], "unnamed": []}
    for _ in range(_SHOWN_TIMES):
        for name, question in (("named", named), ("unnamed", unnamed)):
            _, body, took_s = ask_once(port, question)
            if ("样例".encode() in body) != (name == "named"):
                raise IntakeFailedError(f"{name}: {body[:200].decode()}")
            took[name].append(took_s * 1000)
    shown = {f"shown_{name}_ms": round(median(each), 1) for name, each in took.items()}
    more = round(median(took["named"]) - median(took["unnamed"]), 1)
    return {**shown, "shown_more_ms": more}


def _await_recorded(port: int, question: WebQuestion) -> None:
    until = time.monotonic() + _RECORDED_WITHIN_S
    while True:
        status, body, _ = ask_once(port, question)
        if status == _GIVEN and len(json.loads(body)["records"]) == SEALED_RECORDS:
            return
        if time.monotonic() > until:
            raise IntakeFailedError(f"{status} {body[:200].decode()}")
        time.sleep(_ASK_EVERY_S)
