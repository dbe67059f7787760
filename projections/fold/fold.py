"""Fold a batch of ledger messages into subjects' states and the rows that follow. Pure.

The same fold serves the projector, replay and rebuild. One message that cannot be applied parks
its subject: what comes later for that subject waits behind it, in order, and all others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from events.types.amendment import EventDismissed
from events.types.relation import RelationRecorded
from projections.day.ties import Tie, tie_said
from projections.fold.state import StatesAtHand, SubjectState, decode_state, new_state
from projections.fold.steps import apply_erasure, apply_event, pass_over
from projections.ledger.message import Known, Parked, Read
from projections.profile.kept import KeptRecord
from projections.profile.profile import assess
from projections.record.chain import Flaw, OpenChain, flaw_of, fold_chain
from projections.record.entry import EMPTY_CHAIN, Chain
from projections.record.erasure import is_erased, is_of_erasure
from projections.record.handles import Handle, handles_said
from projections.signals.kept import is_long

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from projections.calendar.rules import RuleCalendar
    from projections.notices.notice import Notice
    from projections.profile.shapes import Profile
    from projections.record.erasure import Erasure
    from projections.signals.signals import Signals


class Fold:
    """The states of the subjects that a batch touches, and what came of folding it."""

    def __init__(
        self,
        calendar: RuleCalendar,
        states: Mapping[str, bytes],
        chains: Mapping[tuple[str, str], list[Known]],
        parked: Mapping[str, Parked] | None = None,
        waiting: Mapping[str, Sequence[Read]] | None = None,
        at_hand: StatesAtHand | None = None,
    ) -> None:
        """Start from what is stored: states, chains of the entries touched, who is parked.

        `waiting` holds the parked messages of those subjects that this batch may release, `at_hand`
        those of long records that are at hand.
        """
        self._at_hand = at_hand
        self.kept: dict[str, KeptRecord] = {}
        """What was worked out of long records, brought up to date with each event."""
        self._calendar, self._stored = calendar, states
        self._chains: dict[tuple[str, str], list[Known]] = dict(chains)
        self._open: dict[tuple[str, str], OpenChain] = {}
        """Those of them that several events of this batch are about."""
        self._applied: dict[str, list[Read]] = {}
        self.states: dict[str, SubjectState] = {}
        self.notices: list[tuple[str, Notice]] = []
        self.recorded: dict[int, int] = {}
        """When the events were recorded that brought notices about, by their offsets."""
        self.flaws: dict[int, Flaw] = {}
        """What is wrong with an event that was applied, by its offset."""
        self._ties: dict[int, Tie] = {}
        self._handles: dict[int, tuple[Read, list[Handle]]] = {}
        self.parked: dict[str, Parked] = dict(parked or {})
        self._waiting = {subject: list(items) for subject, items in (waiting or {}).items()}
        self._dismissed: dict[str, list[int]] = {}
        self._suspect: set[str] = set()
        self._seen: dict[str, Signals | None] = {}
        """What was read of each subject's record after the last event that changed it."""

    def apply(self, item: Read) -> None:
        """Apply one message, or park its subject."""
        subject_id = item.subject_id
        parked = self.parked.get(subject_id)
        if parked is not None:
            self._wait(item, parked)
            return
        if item.known is None:
            self._park(item, item.problem or "unreadable")
            return
        try:
            notices = self._step(item, item.known)
        except Exception as error:  # noqa: BLE001 - whatever a record does, it must stop only its subject
            self._undo(subject_id)
            self._park(item, f"{type(error).__name__}: {error}"[:500])
            return
        self._applied.setdefault(subject_id, []).append(item)
        if notices:
            self.notices += [(subject_id, notice) for notice in notices]
            self.recorded[item.message.offset] = item.message.recorded_ms

    def _wait(self, item: Read, parked: Parked) -> None:
        """Put a message behind the one that parked its subject; its dismissal releases both."""
        waiting = self._waiting.setdefault(item.subject_id, [])
        waiting.append(item)
        if type(item.event) is EventDismissed and item.event.offset == parked.offset:
            state = self.state(item.subject_id)
            state.dismissed.append(parked.offset)
            self._dismissed.setdefault(item.subject_id, []).append(parked.offset)
            self.release(item.subject_id, [w for w in waiting if w.message.offset != parked.offset])
        else:
            self._queue(item.subject_id, 1)

    def _queue(self, subject_id: str, more: int) -> None:
        parked = self.parked[subject_id]
        self.parked[subject_id] = msgspec.structs.replace(parked, waiting=parked.waiting + more)

    def release(self, subject_id: str, items: Sequence[Read]) -> None:
        """Take a subject out of parking and apply what waited, in order; it may park again."""
        self.parked.pop(subject_id, None)
        self._waiting.pop(subject_id, None)
        for item in items:
            self.apply(item)

    def _step(self, item: Read, known: Known) -> list[Notice]:
        state = self.state(item.subject_id)
        self._seen.pop(item.subject_id, None)
        if state.erasure is not None and is_erased(state.erasure):
            pass_over(state, known)
            return []
        if is_of_erasure(known.event):
            return self._erase(item.subject_id, state, known)
        if type(known.event) is EventDismissed:
            before = after = EMPTY_CHAIN
        else:
            before, after = self._chain(item, known)
            # A record of which nothing was said before needs no closer look.
            if before is not EMPTY_CHAIN or after.anomalies:
                flaw = flaw_of(before, after, known.offset)
                if flaw is not None:
                    self.flaws[known.offset] = flaw
            said = handles_said(before.entry, after.entry, state.record.names)
            if said:
                self._handles[known.offset] = item, said
            if after.entry is not None and type(after.entry.event) is RelationRecorded:
                rules = self._calendar.on(known.recorded_on)
                tie = tie_said(before.entry, after.entry, known, rules)
                if tie is not None:
                    self._ties[known.offset] = tie
        kept = self.kept.get(item.subject_id)
        if kept is None and is_long(state.record, state.events):
            kept = self.kept[item.subject_id] = KeptRecord()
        notices, seen = apply_event(
            state, item.subject_id, before, after, known, self._calendar, kept
        )
        self._seen[item.subject_id] = seen
        if item.subject_id in self._suspect:
            self._assess(item.subject_id)
        return notices

    def _erase(self, subject_id: str, state: SubjectState, known: Known) -> list[Notice]:
        """Take an event of an erasure; where it is done, nothing of the record is left."""
        notices = apply_erasure(state, subject_id, known, self._calendar)
        if is_erased(state.erasure):
            self.kept.pop(subject_id, None)
        return notices

    def erasures(self) -> dict[str, Erasure]:
        """Give where the erasure of each subject touched stands that has one."""
        return {
            subject_id: state.erasure
            for subject_id, state in self.states.items()
            if state.erasure is not None
        }

    def _chain(self, item: Read, known: Known) -> tuple[Chain, Chain]:
        """Give the chain of the event's entry without it and with it."""
        place = (item.subject_id, item.entry_id)
        open_chain = self._open.get(place)
        if open_chain is None:
            chain = self._chains.get(place)
            if chain is None:
                self._chains[place] = [known]
                return EMPTY_CHAIN, fold_chain([known])
            # The journal also holds what waits behind a parked message, which does not count yet,
            # and what an operator has set aside, which never will.
            dismissed = self.state(item.subject_id).dismissed
            earlier = [k for k in chain if k.offset < known.offset and k.offset not in dismissed]
            self._chains[place] = earlier
            open_chain = self._open[place] = OpenChain(earlier)
        before = open_chain.chain()
        self._chains[place].append(known)
        open_chain.take(known)
        return before, open_chain.chain()

    def state(self, subject_id: str) -> SubjectState:
        """Give the state of a subject: folded so far, or as stored, or new."""
        state = self.states.get(subject_id)
        if state is None:
            state = self._unpacked(subject_id)
            state.dismissed.extend(self._dismissed.get(subject_id, ()))
            self.states[subject_id] = state
        return state

    def _unpacked(self, subject_id: str) -> SubjectState:
        stored = self._stored.get(subject_id)
        if stored is None:
            return new_state()
        if self._at_hand is None or not self._at_hand.keeps(stored):
            return decode_state(stored)
        held = self._at_hand.take(subject_id, stored)
        self.kept[subject_id] = KeptRecord() if held is None else held.kept
        return decode_state(stored) if held is None else held.state

    def profiles(self) -> dict[str, Profile]:
        """Assess every subject touched, in the order of their ids."""
        return {subject_id: self.profile(subject_id) for subject_id in sorted(self.states)}

    def profile(self, subject_id: str) -> Profile:
        """Assess a subject, once all of its messages have been applied.

        One that cannot be assessed is folded anew with a look after each message, so that it is
        parked at the one that brought it about, however the ledger is cut into batches.
        """
        try:
            return self._assess(subject_id)
        except Exception:  # noqa: BLE001 - whatever a record does, it must stop only its subject
            self._suspect.add(subject_id)
            behind = self.parked.pop(subject_id, None)
            self._undo(subject_id)
            if behind is not None:
                self._queue(subject_id, 1 + behind.waiting)
            return self._assess(subject_id)

    def _assess(self, subject_id: str) -> Profile:
        state = self.state(subject_id)
        rules = self._calendar.on(state.assessed_on)
        seen = self._seen.get(subject_id)
        if seen is not None and (
            seen.on_day.record is not state.record or seen.on_day.rules is not rules
        ):
            seen = None
        return assess(state.record, rules, seen, self.kept.get(subject_id))

    def applied(self, subject_id: str) -> list[Read]:
        """Give what this fold applied of a subject, in order."""
        return self._applied.get(subject_id, [])

    def known_applied(self) -> list[Known]:
        """Give every event that this fold applied, each once, subject by subject."""
        applied: list[Known] = []
        for items in self._applied.values():
            applied += [item.known for item in items if item.known is not None]
        return applied

    def ties(self) -> list[Tie]:
        """Give what the events applied say of ties between subjects, in ledger order."""
        applied = {k.offset for k in self.known_applied()} if self._ties else set()
        return [tie for offset, tie in sorted(self._ties.items()) if offset in applied]

    def handles(self) -> list[tuple[Read, list[Handle]]]:
        """Give what the events applied can be looked up by from now on."""
        return list(self._handles.values())

    def is_stored(self, subject_id: str) -> bool:
        """Say whether the subject had a row before this fold."""
        return subject_id in self._stored

    def _undo(self, subject_id: str) -> None:
        """Bring a subject back to before the message that failed in mid-step: refold its batch."""
        stored = self._stored_offset(subject_id)
        for place in [place for place in self._chains if place[0] == subject_id]:
            self._open.pop(place, None)
            chain = [known for known in self._chains.pop(place) if known.offset <= stored]
            if chain:
                self._chains[place] = chain
        self.states.pop(subject_id, None)
        self._seen.pop(subject_id, None)
        self.kept.pop(subject_id, None)
        self.notices = [notice for notice in self.notices if notice[0] != subject_id]
        undone = [at for at, (item, _) in self._handles.items() if item.subject_id == subject_id]
        for offset in undone:
            del self._handles[offset]
        for item in self._applied.pop(subject_id, []):
            self.apply(item)

    def _stored_offset(self, subject_id: str) -> int:
        stored = self._stored.get(subject_id)
        return decode_state(stored).last_offset if stored is not None else -1

    def _park(self, item: Read, why: str) -> None:
        state = self.state(item.subject_id)
        state.assessed_on = max(state.assessed_on, item.message.recorded_on)
        self.parked[item.subject_id] = Parked(item.subject_id, item.message.offset, why)


def fold_subject(items: Iterable[Read], calendar: RuleCalendar) -> tuple[Fold, list[Read]]:
    """Fold all messages of one subject from nothing, as an auditor would; give what was applied."""
    fold = Fold(calendar, {}, {})
    subject_id = ""
    for item in items:
        subject_id = item.subject_id
        fold.apply(item)
    return fold, fold.applied(subject_id)
