"""Every requirement that software must meet is shown where its user stands, or what it awaits or lacks is said."""

from __future__ import annotations

from tests.trace import MUST, problems, requirements, was_measured


def test_list_and_tests_agree() -> None:
    assert problems() == []


def test_the_list_is_whole() -> None:
    assert sum(row.fit == "must" for row in requirements()) == MUST
    numbers = [row.no for row in requirements()]
    assert numbers == sorted(set(numbers))


def test_a_row_counts_only_where_its_user_sees_it() -> None:
    """A rule that is right in the core alone is not shown to whom it is for."""
    for row in requirements():
        if row.is_shown:
            assert set(row.shown_at) & set(row.has)
            assert not row.awaits
            assert not row.lacks
            assert not row.cannot
    assert any(row.shown_at == ["core"] and not row.is_shown for row in requirements())


def test_a_benchmark_shows_its_row_when_it_ran_at_full_size_and_missed_nothing() -> None:
    def figures(command: str, *, held: bool) -> str:
        return f"# Figures\n\n## province\n\n`{command}`, 2026-11-29; cores 2\n\n| `held_all` | {held} |\n"

    whole = "credit-ledger bench province"
    assert was_measured("bench province", figures(whole, held=True))
    assert not was_measured("bench province", figures(whole, held=False))
    assert not was_measured("bench province", figures(f"{whole} --subjects 2000", held=True))
    assert not was_measured("bench pipeline", figures(whole, held=True))
