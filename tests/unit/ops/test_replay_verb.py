"""Across replay and terminal: `credit-ledger replay`: what differs is shown before anything takes over, and somebody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from events.envelope import Platform
from ops.audit.comparison import Compared, TableDifference
from ops.audit.replay import Replayed
from ops.cli import app, replay
from tests.support.answers import answer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

DIFFERENT = Compared(
    [TableDifference("profile", 1_200, 1_300, ["organisation_v1: (3,91…)"])], ["tie"]
)
EQUAL = Compared([], [])


class Replays:
    """Stands for `ops.audit.replay.replay`: two versions that differ as the test says."""

    def __init__(self, found: Compared) -> None:
        """Note what differs on the organisations' platform; persons are always equal."""
        self.found = found
        self.wanted: list[bool] = []

    def __call__(
        self,
        _stack: object,
        platform: Platform,
        *,
        processes: int,
        promote: bool,
        agree: Callable[[Compared], bool] | None,
        say: object,
    ) -> Replayed:
        """Do as a replay does: what is equal takes over if wanted, what differs if agreed to."""
        del processes, say
        self.wanted.append(promote)
        found = self.found if platform is Platform.ORGANISATION else EQUAL
        promoted = promote and not any(found)
        if not promoted and agree is not None:
            promoted = agree(found)
        return Replayed(platform, 2, 1_000, 1.0, 1_000, 0.1, *found, promoted)


def run(monkeypatch: pytest.MonkeyPatch, found: Compared, *options: str, said: str = "") -> Result:
    monkeypatch.setattr(replay, "running_stack", lambda: None)
    monkeypatch.setattr(replay, "replay", Replays(found))
    for console in (replay.console, replay.errors):
        monkeypatch.setattr(console, "_width", 200)
    return CliRunner().invoke(app, ["replay", *options], input=said)


@pytest.mark.parametrize(("said", "code", "done"), [("y\n", 0, "took over"), ("n\n", 1, "dropped")])
def test_what_differs_is_shown_and_takes_over_only_if_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, said: str, code: int, done: str
) -> None:
    found = run(monkeypatch, DIFFERENT, "--take-over", said=said)
    shown, asked = found.output.split("Let it take over?")

    assert "profile: 1,200 rows only live, 1,300 only replayed" in shown
    assert "organisation_v1: (3,91…)" in shown
    assert "tie: its columns changed, so it cannot be compared" in shown
    assert f"different, and {done}" in asked
    assert found.exit_code == code


def test_yes_asks_nobody_and_shows_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(monkeypatch, DIFFERENT, "--take-over", "--yes")

    assert found.exit_code == 0
    assert "1,200 rows only live" in found.output
    assert "Let it take over?" not in found.output


def test_what_is_equal_takes_over_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(monkeypatch, EQUAL, "--take-over")

    assert found.exit_code == 0
    assert "equal to the live version, byte for byte, and took over" in found.output


def test_promoting_never_lets_a_different_version_take_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = run(monkeypatch, DIFFERENT, "--promote")

    assert found.exit_code == 1
    assert "different, and dropped" in found.output
    assert "tie: its columns changed" in found.output


def test_a_program_says_yes_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, DIFFERENT, "--take-over", "--json").exit_code == 2
    assert run(monkeypatch, DIFFERENT, "--yes").exit_code == 2

    done = run(monkeypatch, DIFFERENT, "--take-over", "--yes", "--json")
    told: list[dict[str, Any]] = answer_of(done.stdout)
    assert [(each["platform"], each["promoted"]) for each in told] == [
        ("organisation", True),
        ("person", True),
    ]
    assert told[0]["incomparable"] == ["tie"]
