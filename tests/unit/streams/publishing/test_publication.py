"""What is sent of long profiles, and what follows where it did not go out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from events.topics import patches_topic, profiles_topic
from streams.publishing import publication as publication_module
from streams.publishing.fence import FencedError
from streams.publishing.producer import DeliveryError
from streams.publishing.publication import Publication, SentProfiles
from tests.unit.projections.writing.test_published import profiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.publishing.producer import Sent

WHOLE, PATCH = profiles_topic(Platform.ORGANISATION), patches_topic(Platform.ORGANISATION)
PARTITION = 3


class Broker:
    """Takes what is sent, or fails as it is told to; notes on which topic it came."""

    def __init__(self) -> None:
        self.topics: list[str] = []
        self.failures: list[Exception] = []

    def send(self, messages: Mapping[int, Sequence[Sent]]) -> dict[int, Exception]:
        self.topics += [topic for own in messages.values() for topic, *_ in own]
        return dict.fromkeys(messages, self.failures.pop()) if self.failures else {}


class Story:
    """A publication, a broker and a clock; one change after the other is sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broker, self.now = Broker(), 1_000.0
        nobody: Any = None
        broker: Any = self.broker
        projector: Any = SimpleNamespace(platform=Platform.ORGANISATION, store=None)
        clock = SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr(publication_module, "time", clock)
        self.publication = Publication(projector, nobody, nobody, nobody, broker)
        self._changes = iter(profiles())

    def send(self, error: Exception | None = None) -> tuple[str, SentProfiles]:
        self.broker.failures = [] if error is None else [error]
        sent = self.publication.send_profiles({PARTITION: [next(self._changes)]})
        return self.broker.topics[-1], sent


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(monkeypatch)


def test_who_went_out_in_patches_is_told(story: Story) -> None:
    (subject,) = {change.subject_id for change in profiles()}
    assert story.send() == (WHOLE, ({}, set()))
    assert story.send() == (PATCH, ({}, {subject}))
    story.publication.let_be_whole([subject])
    assert story.send() == (WHOLE, ({}, set()))


def test_where_patches_do_not_go_out_profiles_are_whole_for_a_while(story: Story) -> None:
    error = DeliveryError("unknown topic")
    story.send()
    assert story.send(error) == (PATCH, ({PARTITION: error}, set()))
    assert [story.send()[0] for _ in range(3)] == [WHOLE] * 3
    story.now += publication_module._PATCHES_REST_S
    assert story.send()[0] == PATCH


def test_what_another_took_over_says_nothing_of_patches(story: Story) -> None:
    story.send()
    assert story.send(FencedError("taken"))[0] == PATCH
    assert [story.send()[0] for _ in range(2)] == [WHOLE, PATCH]


def test_a_whole_profile_that_fails_keeps_no_later_one_from_being_patched(story: Story) -> None:
    assert story.send(DeliveryError("away"))[0] == WHOLE
    assert [story.send()[0] for _ in range(2)] == [WHOLE, PATCH]
