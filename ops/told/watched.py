"""What is published, told to who watches: a warning or a change of a list, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ops.dictionary.code_lists import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.terms.naming import Naming
    from ops.terms.terms import Terms


def warning_told(value: Mapping[str, Any], naming: Naming, documents: Sequence[str] = ()) -> str:
    """Tell a warning: when, how it changed, whose, why, and its id, by which it is acknowledged.

    `documents` are the numbers of the first of the records that it rests on.
    """
    terms = naming.terms
    level, was = value["level"], value["previous_level"]
    moved = terms.word(words_of("Transition"), value["transition"])
    if level:
        moved = f"{moved} {terms.of('warning_level', level)}"
    if was:
        moved += terms.say("was", "watched", level=terms.of("warning_level", was))
    return terms.say(
        "warning",
        "watched",
        on=value["on"],
        region=value["region"],
        moved=moved,
        name=value["subject_name"] or terms.say("no_name"),
        subject=value["subject_id"],
        why=naming.warning(value["rule"]),
        records=_records(len(value["evidence"]), documents, naming.terms),
        id=value["warning_id"],
    )


def _records(count: int, documents: Sequence[str], terms: Terms) -> str:
    """Name the records that a warning rests on by their documents, or count them."""
    if not documents:
        return terms.say("records", "watched", count=count)
    named = terms.joined(documents)
    said = "documents" if count <= len(documents) else "more_documents"
    return terms.say(said, "watched", documents=named, count=count)


def list_change_told(value: Mapping[str, Any], naming: Naming) -> str:
    """Tell a change of blacklist status: when, whose, which list, from what to what."""
    terms = naming.terms
    none = terms.say("none", "watched")
    before = value["previous_status"]
    return terms.say(
        "list",
        "watched",
        on=value["changed_on"],
        name=value["subject_name"] or terms.say("no_name"),
        subject=value["subject_id"],
        list=naming.list_name(value["list"]),
        before=none if before is None else terms.of("list_status", before),
        after=terms.of("list_status", value["status"]),
    )
