"""The edition changes with every rule, and with nothing else."""

from __future__ import annotations

from importlib.resources import files

import pytest

from events.rules.edition import SHORT, edition, edition_of_texts

FOLDER = files("events") / "rules"
TEXTS = {
    p.name: p.read_text("utf-8") for p in FOLDER.iterdir() if p.name.endswith((".toml", ".tsv"))
}


def test_the_edition_is_the_short_form_of_one_digest_over_all_files_of_rules() -> None:
    assert edition() == edition_of_texts(TEXTS)[:SHORT]
    assert len(TEXTS) > 20


@pytest.mark.parametrize("name", TEXTS)
def test_a_rule_more_or_less_is_another_edition_and_a_comment_is_not(name: str) -> None:
    lines = TEXTS[name].splitlines()
    said = [n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    less = "\n".join(lines[: said[-1]])
    explained = TEXTS[name] + "\n# a comment\n\n"

    assert edition_of_texts(TEXTS | {name: less})[:SHORT] != edition()
    assert edition_of_texts(TEXTS | {name: explained})[:SHORT] == edition()
    assert (
        edition_of_texts({each: text for each, text in TEXTS.items() if each != name})[:SHORT]
        != edition()
    )


def test_no_text_of_a_rule_is_taken_for_a_comment() -> None:
    """A line that begins with # inside a text of several lines would be dropped."""
    assert not any('"""' in text or "'''" in text for text in TEXTS.values())
