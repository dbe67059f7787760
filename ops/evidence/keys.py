"""Keys of the logs and of reports: made once, kept in files that only their owner can read."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from events.envelope import Platform
from events.errors import LedgerError
from events.persons import may_hold_identity_number
from ops.local.home import closed
from projections.proof.entries import text_told
from projections.proof.errors import ProofError
from projections.proof.kinds import ED25519, SignatureKind
from projections.proof.notes import Signer, Verifier, parse_private, parse_vkeys, verifier_of
from projections.proof.policy import Policy, parse_policy
from streams.durable import sync
from streams.signing.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from ops.evidence.settings import EvidenceSettings

_SEED_BYTES: Final = 32
_NAME_MAX: Final = 120
_KEYS_MAX: Final = 1_000
REPORTS: Final = "reports"
DEPARTMENTS: Final = "departments/"


class KeyMissingError(LedgerError):
    """There is no key to sign with."""


class KeyLostError(KeyMissingError):
    """Of a key only the public half is left."""


class KeyOfOtherNameError(KeyMissingError):
    """There are keys, but they sign under another name: the origin was changed."""


class KeyUnfitError(LedgerError):
    """A key of this kind cannot sign what it is for."""


class NoPrivateKeyError(ProofError):
    """A file holds no private key that signs."""

    exit_code = 2


class KeyOpenError(LedgerError):
    """A key may be read by others than its owner."""


def make_keys(settings: EvidenceSettings) -> list[str]:
    """Make the keys that are missing, and begin the log of each new one; give their vkeys.

    A log is begun only where neither its key nor its folder was there: where one is left, the other
    was lost, and a second log under the same name would be a second history. Where only a `.vkey`
    is left, its private half was lost: none is made, and who signs says what to do.
    """
    made: list[str] = []
    for platform in Platform:
        folder = Folder(settings.log_folder(platform))
        is_new = _made(settings, str(platform), settings.log_name(platform), made)
        if is_new and not folder.path.exists():
            folder.begin()
    _made(settings, REPORTS, settings.reports_name, made)
    return made


def _made(settings: EvidenceSettings, file: str, name: str, made: list[str]) -> bool:
    private = _files_of(settings, file, "key")
    for place in private:  # whoever was killed in between left one half
        if not place.with_suffix(".vkey").exists():
            _publish(place, read_key(place).verifier)
    if private or _files_of(settings, file, "vkey"):
        return False
    made.append(new_key(settings.keys / f"{file}.key", name).vkey())
    return True


def new_key(place: Path, name: str, kind: SignatureKind = ED25519) -> Verifier:
    """Make a key, in a new file of mode 0600; give its public half. Raises `ProofError`."""
    signer = Signer(name, kind, secrets.token_bytes(_SEED_BYTES))
    verifier = verifier_of(name, kind, kind.public_of(signer.private))
    closed(place.parent)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{signer.private_text()}\n")
        file.flush()
        os.fsync(file.fileno())
    _publish(place, verifier)
    return verifier


def _publish(place: Path, verifier: Verifier) -> None:
    """Write the public half beside a private one; none that is there is written over."""
    with place.with_suffix(".vkey").open("x", encoding="utf-8") as file:
        file.write(f"{verifier.vkey()}\n")
        file.flush()
        os.fsync(file.fileno())
    sync(place.parent)


def new_key_named(
    settings: EvidenceSettings, name: str, kind: SignatureKind = ED25519
) -> tuple[Path, Verifier]:
    """Make a key of a log, of reports, of a department, or under a name as it stands.

    It comes to lie beside those of the same name. Raises `ProofError` of a name or a kind that
    cannot be, `KeyUnfitError` where the kind cannot sign what the name is for.
    """
    is_log = name in set(Platform)
    is_ours = is_log or name == REPORTS or name.startswith(DEPARTMENTS)
    if is_ours and not is_log and kind.checkpoints_only:
        raise KeyUnfitError(f"{name}: {kind.name} signs checkpoints of logs, and nothing else")
    full = f"{settings.origin}/{name}" if is_ours else name
    if (
        not name.removeprefix(DEPARTMENTS)
        or len(name) > _NAME_MAX
        or not _fits(name)
        or may_hold_identity_number(name)
    ):
        raise ProofError(
            f"{name[:60]!r} is no name of a key: letters, digits and . _ - / only,"
            f" at most {_NAME_MAX} of them"
        )
    file = name.replace("/", "-")
    numbered = (f"{file}{'' if n == 1 else f'-{n}'}.vkey" for n in range(1, _KEYS_MAX))
    place = next(
        place
        for place in map(settings.keys.joinpath, numbered)
        if not place.exists() and not place.with_suffix(".key").exists()
    )
    return place.with_suffix(".key"), new_key(place.with_suffix(".key"), full, kind)


def _fits(name: str) -> bool:
    return name.isascii() and all(each.isalnum() or each in "._-/" for each in name)


class KnownKey(NamedTuple):
    """A key in the folder: its file, name, kind, and whether its private half is there to sign."""

    file: str
    name: str
    kind: str
    vkey: str
    signs: bool


def known_keys(settings: EvidenceSettings) -> list[KnownKey]:
    """Give the public keys of the folder, in order of their files."""
    return [
        KnownKey(
            *(place.stem, each.name, each.kind.name, each.vkey()),
            signs=place.with_suffix(".key").exists(),
        )
        for place in sorted(settings.keys.glob("*.vkey"))
        for each in parse_vkeys(read_trusted(place))
    ]


def signers_of(settings: EvidenceSettings, file: str, name: str) -> list[Signer]:
    """Give the keys that sign under a name: `<file>.key`, and others beside it in a change of keys.

    Raises `KeyMissingError` where there is none, `KeyOpenError` where one is not closed to others.
    """
    keys = map(read_key, _files_of(settings, file, "key"))
    found = [signer for signer in keys if signer.name == name]
    return found or _none_signs(settings, file, name)


def _none_signs(settings: EvidenceSettings, file: str, name: str) -> NoReturn:
    """Raise what says why no key signs under a name, and what to do."""
    known = sorted({each.name for each in vkeys(settings, file)})
    if name in known:
        raise KeyLostError(
            f"{settings.keys}: the key that signed as {name} is not there. Put `{file}.key` back"
            f" from its copy; if there is none, `credit-ledger keys new {file}` makes another, and"
            " what the lost one signed verifies by its `.vkey`, which stays",
            folder=settings.keys,
            name=name,
            file=file,
        )
    if known:
        raise KeyOfOtherNameError(
            f"{settings.keys}: no key signs as {name}; those of `{file}` are of {', '.join(known)}."
            " Set CREDIT_LEDGER_ORIGIN back to what it was, or make a key of the new name beside"
            f" them: `credit-ledger keys new {file}`; what the old ones signed still verifies",
            folder=settings.keys,
            name=name,
            file=file,
            known=", ".join(known),
        )
    raise KeyMissingError(
        f"{settings.keys}: no key signs as {name}; `credit-ledger up` makes the first ones"
    )


def read_key(place: Path) -> Signer:
    """Read a private key. Raises `KeyOpenError` where others may read it, `NoPrivateKeyError`."""
    if place.stat().st_mode & 0o077:
        raise KeyOpenError(
            f"{place}: others than its owner may read it: chmod 600, or a new key", file=place
        )
    try:
        return parse_private(text_told(place.read_bytes()))
    except ProofError as error:
        raise NoPrivateKeyError(
            f"{place}: {error}; `credit-ledger keys new` makes keys that sign", file=place
        ) from None


def read_trusted(place: Path) -> str:
    """Read a file that says whom one trusts: a policy, or vkeys. Raises `ProofError` naming it."""
    try:
        return text_told(place.read_bytes())
    except OSError as error:
        raise ProofError(f"{place}: {error.strerror}") from None
    except ProofError as error:
        raise ProofError(f"{place}: {error}") from None


def vkeys(settings: EvidenceSettings, file: str) -> list[Verifier]:
    """Give the public keys of `<file>.vkey`, and of others beside it."""
    places = _files_of(settings, file, "vkey")
    return [each for place in places for each in parse_vkeys(read_trusted(place))]


def _files_of(settings: EvidenceSettings, file: str, kind: str) -> list[Path]:
    """Give `<file>.<kind>`, `<file>-2.<kind>` …; `person-tokens.key` beside them is the vault's."""
    ours = re.compile(rf"{re.escape(file)}(-[0-9]+)?\.{kind}")
    found = [each for each in settings.keys.glob(f"{file}*.{kind}") if ours.fullmatch(each.name)]
    return sorted(found, key=lambda each: (len(each.name), each.name))


def policy_text(settings: EvidenceSettings) -> str:
    """Give the policy: the file that is set, or else our own logs and no witnesses."""
    if settings.policy is not None:
        return read_trusted(settings.policy)
    logs = [each for platform in Platform for each in vkeys(settings, str(platform))]
    lines = [f"log {each.vkey()}\n" for each in logs]
    return "".join((*lines, "quorum none\n"))


def policy_of(settings: EvidenceSettings) -> Policy:
    """Read the policy. Raises `ProofError` naming the line that is wrong."""
    return parse_policy(policy_text(settings))
