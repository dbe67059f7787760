"""What those who make records look like: one opens a record, one follows it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from events.event import Event
from ops.generator.envelopes import Envelopes
from ops.generator.kinds import Kind
from ops.generator.slots import Slot

Opener: TypeAlias = Callable[[Envelopes, Slot], Event]
Openers: TypeAlias = Mapping[Kind, Opener]
Follower: TypeAlias = Callable[[Envelopes, Slot, Any], Event]
Followers: TypeAlias = Mapping[Kind, tuple[type | tuple[type, ...], Follower]]
"""By kind: the types of events that it can be about, and what makes it."""
