"""What all pages of a service share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from events.rules.access import Gives
    from ops.doors.provider import SignInProvider
    from ops.pages.board.approved_map import ApprovedMap
    from ops.pages.board.counting import KeptCounts
    from ops.pages.board.stream import SessionLooks
    from ops.pages.late import Lateness
    from projections.http.asking.bulkhead import Bulkhead


class SharedByPages(NamedTuple):
    """How late the read models are, what each question gives, how the broker's rules differ.

    `gives` is by method and path, as inquiries name questions; `grants` tells a line a rule;
    `counts` are those of boards, `looks` those at their sessions. `provider` is where one signs in
    beside the form for a key, None where nowhere; `outside` bounds how many wait for it at once, so
    that a slow one takes no thread from other questions. `map` stands for the tiles of the board.
    """

    lateness: Lateness
    gives: Mapping[str, Gives]
    grants: Callable[[], Sequence[str]] | None
    counts: KeptCounts
    looks: SessionLooks
    outside: Bulkhead
    provider: SignInProvider | None = None
    map: ApprovedMap | None = None
