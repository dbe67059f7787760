"""The doors: one firm asked of by five who may know unlike much, two who may not, and who asked; a person forgotten.

Everything is done by the verbs that they have, each with a key of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from events.envelope import CHINA
from events.identifiers import identity_number, person_token
from events.rules.access import Purpose, Role
from ops.clock import today
from ops.demo.department import SUBJECT
from ops.demo.stage import console, must, title
from ops.doors.asking import QuestionRefusedError
from ops.doors.keys import create_key, make_contract
from ops.doors.telling import Teller
from ops.terms.language import spoken
from ops.vault.keys import TOKENS
from ops.vault.opening import VaultSettings, named_key
from projections.store.control.keys import KeptContract

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.local.stack import Stack

    Run = Callable[..., subprocess.CompletedProcess[str]]

AGENCY: Final = "agency-demo"
CENTRE: Final = "credit-zj"
REFUSED: Final = QuestionRefusedError.exit_code
NUMBER: Final = identity_number("33010619000101088")
"""Of nobody: the day is before anybody's who lives."""
COMMENDED: Final = {
    "event_type": "CommendationAwarded",
    "category": "commendation.general",
    "document_no": "样表彰〔2025〕88号",
    "occurred_on": "2025-01-10",
    "legal_basis": "《浙江省公共信用信息管理条例》第二十二条",
    "honour": "先进个人",
    "level": "city",
    "subject_name": "样例之人",
    "subject_number": NUMBER,
}


class DemoReader(NamedTuple):
    """Who asks of the firm: what he is called in the dictionary, his key, and what for."""

    name: str
    key: str | None
    purpose: Purpose | None = None


def tell_doors(stack: Stack, keys: Path) -> None:
    """Play who is told what. `keys` is where the keys of the ledger are."""
    title(_said("doors"))
    with TemporaryDirectory(prefix="credit-ledger-") as folder:
        run = _runner(stack, keys, Path(folder))
        with psycopg.connect(stack.postgres, autocommit=True) as connection:
            _DoorsActs(_KeyMaker(stack, connection), run).play()
            _forget(_KeyMaker(stack, connection), run, Path(folder), _token(stack, keys))


def _runner(stack: Stack, keys: Path, folder: Path) -> Run:
    """Give what runs a verb with a key, or with none, whatever keys there are on this machine."""
    kept = {name: text for name, text in os.environ.items() if name != "CREDIT_LEDGER_KEY"}
    environment = {
        **kept,
        "CREDIT_LEDGER_KAFKA": stack.kafka,
        "CREDIT_LEDGER_POSTGRES": stack.postgres,
        "CREDIT_LEDGER_KEYS": str(keys),
        "CREDIT_LEDGER_HOME": str(folder / "home"),
    }

    def run(key: str | None, *verb: str) -> subprocess.CompletedProcess[str]:
        shown = {} if key is None else {"CREDIT_LEDGER_KEY": key}
        line = [sys.executable, "-m", "ops", *verb]
        told = environment | shown
        return subprocess.run(line, env=told, capture_output=True, text=True, check=False)

    return run


class _KeyMaker:
    """Makes keys as `access key create` does."""

    def __init__(self, stack: Stack, connection: psycopg.Connection[Any]) -> None:
        self._connection, self._teller = connection, Teller(stack.kafka)
        self.at = datetime.now(CHINA)

    def key(self, role: Role, organisation: str | None = None, name: str = "demo") -> str:
        named = f"{name} {self.at:%H:%M:%S}"
        whose = {"roles": (role,), "organisation": organisation, "name": named}
        return create_key(self._connection, self._teller, self.at, **whose).bearer  # type: ignore[arg-type]

    def contract(self, *purposes: Purpose) -> None:
        on = self.at.date()
        made = KeptContract(
            contract_id=f"demo-{self.at:%Y%m%d%H%M%S}",
            organisation=AGENCY,
            purposes=purposes,
            since=on,
            until=on + timedelta(days=366),
        )
        make_contract(self._connection, self._teller, made, self.at)


class _DoorsActs:
    """Five who are told, two who are not, and who asked."""

    def __init__(self, keys: _KeyMaker, run: Run) -> None:
        self._run, self._keys = run, keys

    def play(self) -> None:
        self._keys.contract(Purpose.LENDING)
        agency = self._keys.key(Role.AGENCY, AGENCY)
        firm = self._keys.key(Role.SUBJECT, SUBJECT)
        readers = (
            DemoReader("public", None),
            DemoReader("agency", agency, Purpose.LENDING),
            DemoReader("department", self._keys.key(Role.DEPARTMENT, "drug-zj"), Purpose.LICENSING),
            DemoReader("subject", firm),
            DemoReader("auditor", self._keys.key(Role.AUDITOR)),
        )
        for reader in readers:
            self._is_told(reader)
        operator = self._keys.key(Role.OPERATOR)
        for reader in (
            DemoReader("operator", operator),
            DemoReader("agency", agency, Purpose.EMPLOYMENT),
        ):
            self._is_refused(reader)
        console.print("\n" + _said("doors_who"))
        asked = self._run(firm, "inquiries", SUBJECT)
        must(asked.returncode == 0, "the firm sees who asked")
        _show(asked)

    def _ask(self, reader: DemoReader, *more: str) -> subprocess.CompletedProcess[str]:
        purpose = () if reader.purpose is None else ("--purpose", reader.purpose.value)
        return self._run(reader.key, "profile", SUBJECT, *purpose, *more)

    def _is_told(self, reader: DemoReader) -> None:
        done = self._ask(reader, "--json")
        must(done.returncode == 0, f"the {reader.name} is told")
        answer = json.loads(done.stdout)
        view = answer.get("profile", answer)
        concluded = "concluded" if "warnings" in view else "not_concluded"
        told = _said(
            "doors_told",
            who=spoken(reader.name, "asker_role"),
            records=len(view["records"]),
            concluded=_said(f"doors_{concluded}"),
            size=f"{len(done.stdout.encode()):,}",
        )
        console.print(told, markup=False)

    def _is_refused(self, reader: DemoReader) -> None:
        done = self._ask(reader)
        must(done.returncode == REFUSED, f"the {reader.name} is refused")
        console.print(_said("doors_refused", who=spoken(reader.name, "asker_role")))
        _show(done)


def _forget(keys: _KeyMaker, run: Run, folder: Path, person: str) -> None:
    """Have a person reported, and erased as far as today goes: two of the centre, then nobody is told."""
    console.print("\n" + _said("doors_person"))
    file = folder / "person.ndjson"
    file.write_text(json.dumps(COMMENDED, ensure_ascii=False), "utf-8")
    reporter = keys.key(Role.DEPARTMENT, "ndrc-zj")
    first, second = (keys.key(Role.DEPARTMENT, CENTRE, name) for name in ("first", "second"))
    auditor = keys.key(Role.AUDITOR, name="demo beside")
    _show(run(reporter, "submit", str(file), "--department", "ndrc-zj"))
    must(run(auditor, "profile", person).returncode == 0, "the person is recorded")
    asked = run(first, "erase", "request", person, "--ground", "consent_withdrawn", "--json")
    must(asked.returncode == 0, "the erasure is asked for")
    erasure = json.loads(asked.stdout)["erasure_id"]
    alone = run(first, "erase", "approve", erasure)
    must(alone.returncode != 0, "nobody approves what he asked for himself")
    _show(alone)
    approved = run(second, "erase", "approve", erasure)
    must(approved.returncode == 0, "a second person approves")
    _show(approved)
    gone = run(auditor, "profile", person)
    must(gone.returncode == REFUSED, "of who is to be erased nobody is told, from the approval on")
    _show(gone)
    console.print(_said("doors_forgotten", day=today()), markup=False)


def _token(stack: Stack, keys: Path) -> str:
    """Give the token of the person, as a door makes it of the number."""
    return person_token(
        NUMBER, named_key(VaultSettings(postgres=stack.postgres, keys=keys), TOKENS)
    )


def _show(done: subprocess.CompletedProcess[str]) -> None:
    for line in (done.stdout or done.stderr).splitlines():
        console.print(f"     {line}", markup=False, style="dim")


def _said(code: str, **values: object) -> str:
    return spoken(code, "demo", **values)
