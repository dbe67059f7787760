"""What those who make records look like: one opens a record, one follows it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from events.event import Event
from ops.generator.envelopes import Envelopes
from ops.generator.kinds import SlotKind
from ops.generator.slots import HistorySlot

Opener: TypeAlias = Callable[[Envelopes, HistorySlot], Event]
Openers: TypeAlias = Mapping[SlotKind, Opener]
Follower: TypeAlias = Callable[[Envelopes, HistorySlot, Any], Event]
Followers: TypeAlias = Mapping[SlotKind, tuple[type | tuple[type, ...], Follower]]
"""By kind: the types of events that it can be about, and what makes it."""
