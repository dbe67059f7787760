"""Of long profiles what changed goes out, and a reader of it holds the whole, byte for byte."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.wire.codec import decode_record
from ops.generator import GeneratorPlan, encoded, extra_subject
from projections.fold.fold import Fold
from projections.fold.state import encode_state
from projections.ledger.message import Raw
from projections.ledger.reading import in_portions, read
from projections.profile.shapes import Profile
from projections.store.warm import Warm
from projections.writing.document import profile_document
from projections.writing.outbox import ProfileChange
from projections.writing.published import LONG_FROM_BYTES, Published
from tests.support.given import CALENDAR
from tests.support.patching import ProfileReader

if TYPE_CHECKING:
    from projections.ledger.message import Known

PARTITION = 3
EVENTS, ALONE = 1_500, 60
PLAN = GeneratorPlan(
    events=1_000, subjects=1_000, seed=5, first_day=date(2019, 1, 1), last_day=date(2025, 12, 31)
)
FIRST_MS = 1_767_600_000_000


@cache
def profiles() -> list[ProfileChange]:
    """Give what a long record came to event by event, by a projector that keeps it at hand."""
    messages = [
        Raw(offset, FIRST_MS + offset, key, value)
        for offset, (key, value, _) in enumerate(encoded(extra_subject(PLAN, EVENTS)))
    ]
    (portion,) = in_portions(messages, 0, EVENTS)
    items = [read(message) for message in portion]
    chains: dict[tuple[str, str], list[Known]] = {}
    state: dict[str, bytes] = {}
    warm = Warm()
    found = []
    for batch in (items[:-ALONE], *([item] for item in items[-ALONE:])):
        fold = Fold(CALENDAR, state, chains, at_hand=warm)
        for item in batch:
            fold.apply(item)
        subject_id = batch[0].subject_id
        profile = fold.profile(subject_id)
        kept = fold.kept.get(subject_id)
        data = encode_state(fold.states[subject_id], None if kept is None else kept.packed)
        if kept is not None:
            warm.keep(subject_id, data, fold.states[subject_id], kept)
        state = {subject_id: data}
        for item in batch:
            assert item.known is not None
            chains.setdefault((subject_id, item.entry_id), []).append(item.known)
        offset = batch[-1].message.offset
        found.append(ProfileChange(subject_id, offset, parked=False, profile=profile))
    return found


def document_of(change: ProfileChange) -> bytes:
    assert isinstance(change.profile, Profile)
    return profile_document(change.profile)


def short() -> ProfileChange:
    profile = profiles()[0].profile
    assert isinstance(profile, Profile)
    few = msgspec.structs.replace(profile, records=profile.records[:1], lists=[], warnings=[])
    return profiles()[0]._replace(profile=few)


def sent(published: Published, change: ProfileChange) -> tuple[str, bytes]:
    """Send a message, which arrives; give its record."""
    message = published.message(change, PARTITION)
    published.arrived([change.subject_id])
    record = decode_record(message.value)[0].record
    assert message.is_patch is (record == "credit.ProfilePatch")
    return record, message.value


def test_one_event_more_of_a_long_record_goes_out_as_what_it_changed() -> None:
    published, reader = Published(), ProfileReader()
    sizes: dict[str, list[int]] = {"credit.Profile": [], "credit.ProfilePatch": []}
    for change in profiles():
        record, value = sent(published, change)
        sizes[record].append(len(value))
        reader.take(value)
        assert reader.documents[change.subject_id] == document_of(change)
    whole, patches = sizes.values()
    assert len(whole) <= 1 + sum(patches) // len(document_of(profiles()[0]))
    assert max(patches) < whole[0] / 2
    assert sum(patches) / len(patches) < LONG_FROM_BYTES / 2


def test_a_short_profile_goes_out_whole_each_time() -> None:
    published = Published()
    assert len(document_of(short())) < LONG_FROM_BYTES
    assert [sent(published, short())[0] for _ in range(3)] == ["credit.Profile"] * 3


def test_what_did_not_arrive_is_followed_by_the_whole() -> None:
    published = Published()
    first, second, third = profiles()[:3]
    sent(published, first)
    assert published.message(second, PARTITION).is_patch
    assert not published.message(third, PARTITION).is_patch, "nobody said that it arrived"


def test_of_what_others_may_have_sent_meanwhile_the_whole_goes_out() -> None:
    published = Published()
    sent(published, profiles()[0])
    published.forget_partition(PARTITION + 1)
    assert sent(published, profiles()[1])[0] == "credit.ProfilePatch"
    published.forget_partition(PARTITION)
    assert sent(published, profiles()[2])[0] == "credit.Profile"
    assert not published.message(profiles()[3], PARTITION + 1).is_patch


def test_what_was_encoded_already_goes_out_as_it_is() -> None:
    published = Published()
    sent(published, profiles()[0])
    encoded_ = profiles()[1]._replace(profile=b"encoded")
    assert published.message(encoded_, PARTITION) == (b"encoded", False)
    assert not published.message(profiles()[2], PARTITION).is_patch


def test_a_profile_that_fits_no_message_whole_goes_out_in_no_patch() -> None:
    published = Published()
    profile = profiles()[0].profile
    assert isinstance(profile, Profile)
    huge = msgspec.structs.replace(profile, aliases=["甲" * 1_000] * 1_000)
    changes = [profiles()[0]._replace(profile=huge), profiles()[1]]
    assert [sent(published, change)[0] for change in changes] == ["credit.Profile"] * 2


def test_no_more_is_kept_than_allowed_and_the_oldest_goes_first() -> None:
    size = len(document_of(profiles()[0]))
    published = Published(bytes_max=2 * size)
    others = [profiles()[0]._replace(subject_id=name) for name in "abc"]
    for change in others:
        sent(published, change)
    patched = [published.message(c, PARTITION).is_patch for c in others]
    assert patched == [False, True, True]


@given(st.lists(st.sampled_from(["arrives", "is lost", "is due", "is taken over"]), max_size=ALONE))
def test_whatever_befalls_messages_a_reader_holds_what_arrived_last(befalls: list[str]) -> None:
    """Of a message that is lost the next is whole, so a reader never holds what never was."""
    published, reader = Published(), ProfileReader()
    for change, befell in zip(profiles(), befalls, strict=False):
        if befell == "is due":
            published.forget(change.subject_id)
        elif befell == "is taken over":
            published.forget_partition(PARTITION)
        message = published.message(change, PARTITION)
        assert not (message.is_patch and befell not in {"arrives", "is lost"})
        if befell == "is lost":
            published.forget(change.subject_id)
            continue
        published.arrived([change.subject_id])
        reader.take(message.value)
        assert reader.documents[change.subject_id] == document_of(change)


@pytest.mark.parametrize("ahead", ["credit.Profile", "credit.ProfilePatch"])
def test_it_does_not_matter_which_topic_is_read_ahead(ahead: str) -> None:
    published, reader = Published(), ProfileReader()
    values = [sent(published, change) for change in profiles()[:5]]
    assert Counter(record for record, _ in values) == {
        "credit.Profile": 1,
        "credit.ProfilePatch": 4,
    }
    for _, value in sorted(values, key=lambda each: each[0] != ahead):
        reader.take(value)
    last = profiles()[4]
    assert reader.documents[last.subject_id] == document_of(last)
