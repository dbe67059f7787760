"""The figures that are kept: one section a benchmark, replaced by its newest run."""

from __future__ import annotations

from ops.bench.figures import HEAD, written

RUN = {
    "events_per_s": 21_400,
    "latency_ms": {"p50": 1.5, "p99": None},
    "command": "credit-ledger bench pipeline --events 1000 --write --json",
    "machine": {"cpus": 2, "python": "3.11"},
}


def test_a_run_becomes_a_section_with_its_command_and_machine() -> None:
    text = written("", "pipeline", RUN, "2026-11-28")

    assert text.startswith(HEAD.rstrip())
    assert "`credit-ledger bench pipeline --events 1000`, 2026-11-28; cpus 2, python 3.11" in text
    assert "| `events_per_s` | 21,400 |" in text
    assert "| `latency_ms` | p50 1.5; p99 not measured |" in text


def test_the_newest_run_replaces_its_own_section_and_no_other() -> None:
    text = written("", "pipeline", RUN, "2026-11-28")
    text = written(text, "asof", RUN | {"events_per_s": 7}, "2026-11-28")
    text = written(text, "pipeline", RUN | {"events_per_s": 30_000}, "2026-11-29")

    assert "21,400" not in text
    assert text.count("\n## ") == 2
    assert text.index("## asof") < text.index("## pipeline")
    assert "| `events_per_s` | 7 |" in text
