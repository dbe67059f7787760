"""Every verb as a user meets it: help, JSON for programs, exit codes, messages that help on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from typer.testing import CliRunner

from ops.cli import app
from ops.cli.verbs import VERBS
from ops.clock import today
from ops.generator.codes import synthetic_credit_code_at
from tests.acceptance.conftest import run_verb
from tests.support.answers import answer_of
from tests.support.builders import OTHER_SUBJECT
from tests.support.chaos import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Ledger

SUBJECT: Final = OTHER_SUBJECT
UNKNOWN: Final = synthetic_credit_code_at(99_000)
REFUSED, USAGE, OUTAGE = 1, 2, 3
WITHIN_S = 180.0
COLUMNS = "subject_id,subject_name,document_no,kinds,fine_yuan,occurred_on,legal_basis"
GOOD = f"{SUBJECT},杭州命令行有限公司,令1号,fine,50000,2025-03-01,行政处罚法"
BAD = "91330100PDY0000280,杭州命令行有限公司,令2号,fine,1000,2025-03-01,行政处罚法"


def _file(folder: Path, *lines: str) -> str:
    path = folder / "penalties.csv"
    path.write_text("\n".join([COLUMNS, *lines]) + "\n", encoding="utf-8")
    return str(path)


def _submit(ledger: Ledger, file: str, *more: str) -> tuple[int, dict[str, object]]:
    options = ("--department", "market-zj", "--category", "penalty.market")
    kind = ("--event-type", "PenaltyImposed")
    done = ledger.run("submit", file, *options, *kind, *more, "--json")
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def reported(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Report one good line of a subject, and wait until its profile says so."""
    code, report = _submit(ledger, _file(tmp_path_factory.mktemp("good"), GOOD))
    assert (code, report["sent"], report["refused"]) == (0, 1, 0)
    wait_for(lambda: ledger.run("profile", SUBJECT).returncode == 0, WITHIN_S, "the profile")
    return ledger


def test_every_verb_explains_itself() -> None:
    overview = run_verb("--help")
    assert overview.returncode == 0
    for verb in VERBS:
        assert verb in overview.stdout
        explained = CliRunner().invoke(app, [verb, "--help"])
        assert explained.exit_code == 0, explained.output
        assert "Usage" in explained.output


@pytest.mark.parametrize(
    "verb",
    [
        ("profile", SUBJECT),
        ("state", SUBJECT),
        ("cases", SUBJECT),
        ("status",),
        ("parked", "list"),
    ],
    ids=" ".join,
)
def test_where_nothing_runs_a_verb_says_how_to_start_it(
    verb: tuple[str, ...], tmp_path: Path
) -> None:
    done = run_verb(*verb, CREDIT_LEDGER_HOME=str(tmp_path))
    assert done.returncode == OUTAGE
    assert "credit-ledger up" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_waits_for_its_servers_and_says_how_to_start_them(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if "CREDIT_LEDGER" not in name}
    said = tmp_path / "said"
    with said.open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "ops", "worker"],
            env={**kept, "CREDIT_LEDGER_HOME": str(tmp_path)},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(lambda: "credit-ledger up" in said.read_text("utf-8"), WITHIN_S, "what to do")
        assert worker.poll() is None
    finally:
        worker.terminate()
        worker.wait(WITHIN_S)
    assert "Traceback" not in said.read_text("utf-8")


def test_a_server_that_does_not_answer_is_an_outage_and_no_traceback(tmp_path: Path) -> None:
    nobody = "postgresql://nobody@127.0.0.1:9/none"  # The discard port: nothing listens there.
    away = {"CREDIT_LEDGER_KAFKA": "127.0.0.1:9", "CREDIT_LEDGER_POSTGRES": nobody}
    done = run_verb("profile", SUBJECT, CREDIT_LEDGER_HOME=str(tmp_path), **away)
    assert done.returncode == OUTAGE
    assert "Postgres does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_good_line_is_sent_and_a_bad_one_named_with_its_reason(
    ledger: Ledger, tmp_path: Path
) -> None:
    code, report = _submit(ledger, _file(tmp_path, GOOD.replace("令1号", "令3号"), BAD))
    assert (code, report["sent"], report["refused"]) == (REFUSED, 1, 1)
    shown = json.dumps(report)
    assert "check_digit_wrong" in shown
    assert _submit(ledger, _file(tmp_path, BAD))[0] == USAGE
    assert _submit(ledger, _file(tmp_path, GOOD, BAD), "--all-or-nothing")[0] == USAGE
    wrong = ledger.run("submit", _file(tmp_path, GOOD), "--department", "no-such")
    assert wrong.returncode == USAGE
    assert "no-such" in wrong.stderr


def test_answers_are_json_for_programs(reported: Ledger) -> None:
    profile = reported.ask("profile", SUBJECT)
    assert profile["subject_id"] == SUBJECT
    assert {"events", "last_offset", "on", "parked", "place", "profile"} <= profile.keys()
    (record,) = [r for r in profile["profile"]["records"] if r["document_no"] == "令1号"]
    assert record["type"] == "PenaltyImposed"

    cases = reported.ask("cases", SUBJECT)
    assert (cases["cases"], cases["place"]) == ([], profile["place"])

    history = reported.ask("history", SUBJECT)
    assert {"items", "next_after", "place"} <= history.keys()
    assert history["items"][0]["event_type"] == "PenaltyImposed"
    assert history["items"][0]["effect"] == "applied"

    partition = profile["place"]["partition"]
    cut = f"{partition}:{profile['last_offset'] + 1}"
    asked = ("state", SUBJECT, "--valid-on", "2025-06-01", "--cut", cut)
    from_postgres = reported.run(*asked, "--json")
    from_kafka = reported.run(*asked, "--from", "kafka", "--json")
    assert from_postgres.returncode == 0, from_postgres.stderr
    assert json.loads(from_postgres.stdout)["state_hash"]
    assert from_postgres.stdout == from_kafka.stdout

    published = reported.run("watch", "profiles", "--from-start", "--count", "1", "--json")
    watched = json.loads(published.stdout)
    assert {"subject_id", "partition", "offset", "parked", "document"} <= watched.keys()

    status = reported.run("status", "--json")
    assert {"kafka", "postgres", "lags", "parked", "outbox", "healthy"} <= json.loads(
        status.stdout
    ).keys()


@pytest.mark.parametrize(
    ("language", "fined"), [("en", "fine: 50,000.00 yuan"), ("zh", "罚款 50,000.00 元")]
)
@pytest.mark.parametrize("verb", ["profile", "state"])
def test_a_profile_is_told_to_people_in_their_language(
    reported: Ledger, verb: str, language: str, fined: str
) -> None:
    done = reported.run(verb, SUBJECT, "--language", language)
    assert done.returncode == 0, done.stderr
    for word in (SUBJECT, "令1号", fined):
        assert word in done.stdout
    assert reported.run(verb, SUBJECT, "--language", "fr").returncode == USAGE


def test_what_the_law_alone_has_changed_is_told_field_by_field(reported: Ledger) -> None:
    """By the rules of that day the decision was public for three years, by those of today for one."""
    day = "2025-06-30"
    asked = ("compare", SUBJECT, "--a", day, "--b", day)
    same = answer_of(reported.run(*asked, "--json").stdout)
    assert (same["finding"], same["fields"]) == ("the same", [])

    done = reported.run(*asked, "--rules", "today", "--json")
    found = answer_of(done.stdout)
    assert (done.returncode, found["finding"]) == (1, "same events, other law")
    assert found["events"] == []
    assert (found["a"]["rules_on"], found["b"]["rules_on"]) == (day, today().isoformat())
    for field in found["fields"]:
        assert (field["made_by"], field["events"]) == (["law"], [])
        assert all(day < named.rpartition("@")[2] for named in field["rules"])
    public = {
        (each["a"], each["b"]): each["rules"]
        for each in found["fields"]
        if each["field"].endswith(".shown.public_until")
    }
    assert "disclosure.penalty_market@2025-12-25" in public["2028-03-01", "2026-03-01"]

    told = reported.run(*asked, "--rules", "today").stdout.splitlines()
    assert told[0] == "same events, other law"
    assert any("public_until: 2028-03-01 -> 2026-03-01" in line for line in told)


def test_wrong_usage_says_what_is_right(reported: Ledger) -> None:
    for arguments, hint in (
        (("profile", UNKNOWN), "nothing was ever recorded"),
        (("cases", UNKNOWN), "nothing was ever recorded"),
        (("profile", "91330000PDY00009XX"), "check digit wrong"),
        (("state", SUBJECT, "--cut", "seven"), "P:O"),
        (("state", SUBJECT, "--valid-on", "yesterday"), "2026-11-23"),
        (("worker", "--role", "cook"), "admission, projector"),
        (("parked", "show", SUBJECT), "parked list"),
    ):
        done = reported.run(*arguments)
        assert done.returncode == USAGE, (arguments, done.stdout, done.stderr)
        assert hint in " ".join(done.stderr.replace("│", " ").split()), done.stderr
        assert "Traceback" not in done.stderr
