"""What a record is looked up by follows from the types of its fields, in whatever writing."""

from __future__ import annotations

from datetime import date
from typing import cast

import msgspec
import pytest

from events.envelope import Dated
from events.event import Event
from events.fields import Holds, holds, marked
from events.numbers import number_key
from events.roles import Original
from events.types.subject import Alias, AliasScheme
from projections.record.entry import Entry
from projections.record.handles import (
    BATCH,
    IDENTIFIER,
    KEY_CHARACTERS_MAX,
    NAME,
    NUMBER,
    handle,
    handles_of,
    handles_said,
    name_key,
)
from tests.support import builders as a


def entry(event: Event) -> Entry:
    return Entry(cast("Original", event), 0, Dated(date(2025, 1, 10), "occurred_on"))


@pytest.mark.parametrize("event", a.one_of_each(), ids=lambda e: type(e).__name__)
def test_every_field_that_holds_a_number_leads_to_its_record(event: Event) -> None:
    numbers = [name for name, mark in marked(type(event)).items() if holds(mark, Holds.NUMBER)]
    given = msgspec.structs.replace(event, **{name: f"寻[2026]{name}" for name in numbers})
    found = {key for kind, key in handles_of(given) if kind in (NUMBER, BATCH)}
    assert found >= {number_key(f"寻[2026]{name}") for name in numbers}
    assert number_key(event.envelope.document_no) in found | {""}
    assert (NAME, name_key(event.envelope.subject_name or "")) in {*handles_of(given), (NAME, "")}


def test_a_register_gives_further_identifiers_and_a_new_name() -> None:
    alias = Alias(AliasScheme.ORGANISATION_CODE, "7654321-0")
    change = msgspec.structs.replace(a.a_change(name="新名（杭州）厂"), aliases=[alias])  # type: ignore[call-arg]
    found = handles_of(change)
    assert found[IDENTIFIER, "76543210"] == "7654321-0"
    assert found[NAME, name_key("新名(杭州)厂")] == "新名（杭州）厂"


def test_only_what_is_new_is_said() -> None:
    penalty = a.a_penalty(1)
    name = penalty.envelope.subject_name or ""
    first = handles_said(None, entry(penalty), {})
    assert first == [(NAME, name), (NUMBER, "罚1")]
    assert handles_said(None, entry(penalty), {name: 1}) == [(NUMBER, "罚1")]
    assert handles_said(entry(penalty), entry(penalty), {name: 1}) == []
    renumbered = msgspec.structs.replace(penalty.envelope, document_no="罚2")
    corrected = msgspec.structs.replace(penalty, envelope=renumbered)
    assert handles_said(entry(penalty), entry(corrected), {name: 1}) == [(NUMBER, "罚2")]
    assert handles_said(entry(penalty), None, {}) == []


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\0"])
def test_nothing_is_no_handle(text: str) -> None:
    assert [handle(kind, text) for kind in (NAME, NUMBER, IDENTIFIER)] == [None] * 3


def test_a_long_text_is_kept_by_its_beginning_and_holds_no_nought() -> None:
    made = handle(NAME, "长" * 3_000 + "\0")
    assert made == (NAME, "长" * KEY_CHARACTERS_MAX)
    assert handle(NAME, "甲\0乙") == (NAME, "甲乙")
