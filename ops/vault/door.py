"""Makes tokens and seals what is said of persons: by the vault, or by keys of the hour."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

from events.envelope import Platform
from events.identifiers import mask_identity, person_token
from events.identity import event_id
from events.rules.catalogue import Compartment
from events.sealing.form import SealedPlace
from events.sealing.texts import SHOWN_NUMBER, record_of, with_texts_sealed
from events.types.listing import ListEntered
from ops.vault.erasures import ErasureReader
from ops.vault.keys import SEALS, TOKENS
from ops.vault.opening import named_key, vault_settings
from projections.sealing.sealer import RecordKey, seal_holds, sealed_for
from projections.sealing.suites import KEY_BYTES, SUITES
from projections.store.vault.opening import open_vault
from projections.store.vault.vault import OfRecord, Vault
from streams.connections import kept_sessions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from events.event import Event
    from events.rules.rulebook import Rulebook
    from events.sealing.form import SealedText, SealSuite
    from ops.vault.opening import VaultSettings


class _Door:
    """What both doors do: a token is a keyed digest, and one text at one place one sealed text."""

    def token(self, number: str) -> str:
        """Give the token of a right identity number."""
        return person_token(number, self._named(TOKENS))

    def digest(self, text: str) -> str:
        """Give a digest that nobody can try out without the key."""
        suite = SUITES[self._suite()]
        return suite.digest(self._named(SEALS), b"file\0" + text.encode()).hex()

    def seal_holds(self, place: SealedPlace, sealed: SealedText) -> bool:
        """Say whether a text was sealed here, for its place."""
        return seal_holds(place, sealed, self._named(SEALS))

    def _with(self, key: RecordKey, event: Event) -> Event:
        seals = self._named(SEALS)

        def seal(place: SealedPlace, text: str) -> str:
            return sealed_for(place, text, key, seals)

        return with_texts_sealed(event, seal)

    def _named(self, name: str) -> bytes:
        raise NotImplementedError

    def _suite(self) -> SealSuite:
        raise NotImplementedError


class VaultDoor(_Door):
    """The door of an installation: nothing of the vault is opened before a person is reported."""

    def __init__(
        self, settings: VaultSettings, rulebook: Rulebook, erasures: ErasureReader | None = None
    ) -> None:
        """Keep where the vault is, and which category is kept in which compartment.

        Before anything is sealed `erasures` goes through those in the ledger.
        """
        self._settings, self._erasures = settings, erasures
        self._rulebook = rulebook
        self._sessions = kept_sessions(partial(open_vault, settings.postgres))
        self._keys: dict[str, bytes] = {}

    def sealed(
        self, events: Sequence[Event], numbers: Sequence[str | None] = ()
    ) -> list[Event | None]:
        """Give each event with names and texts sealed; None of a person who was erased.

        Of entries of lists on which a law names persons the masked number is sealed beside the
        key. Raises `VaultAwayError`.
        """
        if self._erasures is not None:
            self._erasures.caught_up()
        wanted = [self._of_record(event) for event in events]
        with self._sessions.one() as session:
            vault = Vault(session, self._settings.masters, self._settings.suite)
            keys = vault.keys_for(wanted)
            vault.keep_numbers(self._shown_numbers(events, wanted, numbers, keys))
        return [
            None if key is None else self._with(key, event)
            for event, of in zip(events, wanted, strict=True)
            for key in (keys.get((of.subject_id, of.record)),)
        ]

    def close(self) -> None:
        """Let go of the vault and the ledger; they are opened again where they are needed again."""
        self._sessions.close()
        if self._erasures is not None:
            self._erasures.close()

    def _shown_numbers(
        self,
        events: Sequence[Event],
        wanted: Sequence[OfRecord],
        numbers: Sequence[str | None],
        keys: Mapping[tuple[str, str], RecordKey],
    ) -> Mapping[tuple[str, str], str]:
        """Mask and seal the numbers that a law publishes beside an entry, and no other."""
        shown: dict[tuple[str, str], str] = {}
        for event, of, number in zip(events, wanted, numbers, strict=False):
            key = keys.get((of.subject_id, of.record))
            category = self._rulebook.category_of(event.envelope.category)
            if number is None or key is None or not isinstance(event, ListEntered):
                continue
            if category is not None and category.names_persons:
                place = SealedPlace(of.subject_id, of.record, SHOWN_NUMBER)
                text = sealed_for(place, mask_identity(number), key, self._named(SEALS))
                shown[of.subject_id, of.record] = text
        return shown

    def _of_record(self, event: Event) -> OfRecord:
        envelope = event.envelope
        category = self._rulebook.category_of(envelope.category)
        compartment = None if category is None else category.compartment
        record = record_of(event, envelope.event_id or event_id(Platform.PERSON, event))
        return OfRecord(envelope.subject_id, record, compartment or Compartment.BASIC)

    def _named(self, name: str) -> bytes:
        if name not in self._keys:
            self._keys[name] = named_key(self._settings, name)
        return self._keys[name]

    def _suite(self) -> SealSuite:
        return self._settings.suite


def vault_door(postgres: str, kafka: str, rulebook: Rulebook) -> VaultDoor:
    """Give the door of this installation. Raises `SuiteUnknownError`."""
    settings = vault_settings(postgres)
    return VaultDoor(settings, rulebook, ErasureReader(kafka, settings.postgres))


class CheckingDoor(_Door):
    """A door behind which nothing is sent: its keys are of chance, and gone with the process."""

    def __init__(self, suite: SealSuite) -> None:
        """Make the keys."""
        self._of_suite = suite
        self._keys: Mapping[str, bytes] = {
            name: secrets.token_bytes(KEY_BYTES) for name in (TOKENS, SEALS)
        }

    def sealed(self, events: Sequence[Event], _: Sequence[str | None] = ()) -> list[Event | None]:
        """Give each event with names and texts sealed, as long as they would be."""
        key = RecordKey(self._of_suite, self._keys[SEALS])
        return [self._with(key, event) for event in events]

    def _named(self, name: str) -> bytes:
        return self._keys[name]

    def _suite(self) -> SealSuite:
        return self._of_suite
