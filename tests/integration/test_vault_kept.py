"""The vault looked after: a new master key, copies and what is put back of them, killed at every step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ops.terms.language import Language
from ops.terms.terms import Terms
from ops.vault.copies import back_up, restore_vault
from ops.vault.opening import make_vault_ready
from ops.vault.refused import VaultRefusedError
from ops.vault.rotating import rotate
from projections.http.errors import VaultClosedError
from projections.sealing.suites import KEY_BYTES
from projections.store.vault.copying import PutBack
from projections.store.vault.opening import KeysLostError, open_vault
from projections.store.vault.rotating import rotates_alone
from tests.integration.test_vault_erasing import (  # noqa: F401 - `vault` is a fixture
    ERASED,
    OTHER,
    PERSON,
    TABLES,
    Vault,
    report,
    sealed,
    vault,
)
from tests.support.kept_vaults import emptied, killed_at, opener, records

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_master_key_opens_everything_and_an_older_copy_opens_nothing(
    vault: Vault,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    assert sealed(vault, report(1), report(2), report(3, OTHER)) == [True, True, True]
    copy = tmp_path / "vault.copy"
    assert back_up(vault.settings, copy).records == 3
    opens = opener(vault)
    before = opens.keys_of(records(1, 2, 3))
    assert len(before) == 3

    done = rotate(vault.settings)

    assert (done.version, done.wrapped, done.destroyed) == (2, 2, [1])
    assert [path.name for path in vault.settings.keys.glob("vault-*")] == ["vault-2.key"]
    assert opens.keys_of(records(1, 2, 3)) == before
    assert sealed(vault, report(1), report(4)) == [True, True]
    assert rotate(vault.settings).version == 3
    assert make_vault_ready(vault.settings) is False
    emptied(vault)
    with pytest.raises(VaultRefusedError) as refused:
        restore_vault(vault.settings, vault.fresh_reader(), copy)
    assert refused.value.code == "copy_dead"
    assert vault.keys_of(PERSON) == (0, 0)
    opens.close()


@pytest.mark.parametrize(
    "step",
    [
        "a new key is being written",
        "the new key is known",
        "one is wrapped",
        "the old key is no version any more",
    ],
)
def test_a_rotation_that_is_killed_is_gone_on_with(
    vault: Vault,  # noqa: F811
    tmp_path: Path,
    step: str,
) -> None:
    sealed(vault, report(1), report(3, OTHER))
    opens = opener(vault)
    before = opens.keys_of(records(1, 3))
    assert len(before) == 2

    killed_at(step, vault, tmp_path / "none")

    assert opens.keys_of(records(1, 3)) == before
    assert sealed(vault, report(1), report(2)) == [True, True]
    make_vault_ready(vault.settings)
    done = rotate(vault.settings)
    (left,) = vault.settings.masters.versions()
    assert done.version == left
    kept = {path.name for path in vault.settings.keys.iterdir()}
    assert {name for name in kept if "vault" in name and not name.startswith(".")} == {
        f"vault-{left}.key"
    }
    assert opens.keys_of(records(1, 3)) == before
    opens.close()


def test_a_lost_vault_is_put_back_and_nobody_who_was_erased_meanwhile(
    vault: Vault,  # noqa: F811
    tmp_path: Path,
) -> None:
    sealed(vault, report(1), report(2), report(3, OTHER))
    opens = opener(vault)
    before = opens.keys_of(records(3))
    assert len(before) == 1
    copy = tmp_path / "vault.copy"
    back_up(vault.settings, copy)
    assert copy.stat().st_mode & 0o077 == 0
    vault.say(*ERASED)
    emptied(vault)
    # What is reported before it is put back gets a key of its own, which stays.
    assert sealed(vault, report(5, OTHER)) == [True]

    done = restore_vault(vault.settings, vault.fresh_reader(), copy)

    assert done == PutBack(compartments=0, records=1, erased=1, other=0)
    assert opens.keys_of([*records(1, 2)]) == {}
    assert opens.keys_of(records(3)) == before
    assert (vault.keys_of(PERSON), vault.keys_of(OTHER)) == ((0, 0), (1, 2))
    again = restore_vault(vault.settings, vault.fresh_reader(), copy)
    assert again == PutBack(compartments=0, records=0, erased=1, other=0)
    opens.close()


def test_what_has_another_key_by_now_keeps_it_and_is_told(
    vault: Vault,  # noqa: F811
    tmp_path: Path,
) -> None:
    sealed(vault, report(1), report(2))
    copy = tmp_path / "vault.copy"
    back_up(vault.settings, copy)
    emptied(vault)
    sealed(vault, report(1))
    opens = opener(vault)
    now = opens.keys_of(records(1))

    assert restore_vault(vault.settings, vault.fresh_reader(), copy) == PutBack(0, 1, 0, 1)

    assert opens.keys_of(records(1)) == now
    assert len(opens.keys_of(records(1, 2))) == 2
    opens.close()


def test_putting_back_that_is_killed_is_gone_on_with(vault: Vault, tmp_path: Path) -> None:  # noqa: F811
    sealed(vault, report(1), report(3, OTHER))
    copy = tmp_path / "vault.copy"
    back_up(vault.settings, copy)
    before = [vault.sql(f"SELECT * FROM vault.{table} ORDER BY 1, 2") for table in TABLES[:2]]
    emptied(vault)

    killed_at("half is put back", vault, copy)

    assert vault.sql("SELECT count(*) FROM vault.person_key") == [(1,)]
    assert restore_vault(vault.settings, vault.fresh_reader(), copy) == PutBack(1, 1, 0, 0)
    now = [vault.sql(f"SELECT * FROM vault.{table} ORDER BY 1, 2") for table in TABLES[:2]]
    assert [[row[:3] for row in rows] for rows in now] == [
        [row[:3] for row in rows] for rows in before
    ]


def _cut(text: str) -> str:
    return text[: text.rindex("\n", 0, -1) + 1]


def _altered(text: str) -> str:
    head, row, end = text.splitlines()
    one = json.loads(row)
    one[0] = OTHER
    return "\n".join([head, json.dumps(one, separators=(",", ":")), end, ""])


@pytest.mark.parametrize(
    ("code", "spoilt"),
    [
        ("copy_broken", _cut),
        ("copy_broken", _altered),
        ("copy_broken", lambda text: text + "{}\n"),
        ("copy_broken", lambda text: text.replace('["P', '["P\\u', 1)),
        ("no_copy", lambda _: ""),
        ("no_copy", lambda _: '{"format":"another"}\n'),
        ("no_copy", lambda text: text.replace("copy 1", "copy 9", 1)),
        ("no_copy", lambda _: "\0\xff\n"),
    ],
)
def test_a_file_that_is_no_whole_copy_is_refused_and_changes_nothing(
    vault: Vault,  # noqa: F811
    tmp_path: Path,
    code: str,
    spoilt: Any,
) -> None:
    sealed(vault, report(1))
    copy = tmp_path / "vault.copy"
    back_up(vault.settings, copy)
    emptied(vault)
    copy.write_text(spoilt(copy.read_text("utf-8")), "utf-8")

    with pytest.raises(VaultRefusedError) as refused:
        restore_vault(vault.settings, vault.fresh_reader(), copy)

    assert refused.value.code == code
    for language in Language:
        assert str(copy) in refused.value.told(Terms(language))
    assert vault.keys_of(PERSON) == (0, 0)


def test_where_the_master_key_is_another_or_missing_nothing_is_done_and_it_is_told(
    vault: Vault,  # noqa: F811
    tmp_path: Path,
) -> None:
    sealed(vault, report(1))
    copy, key = tmp_path / "vault.copy", vault.settings.keys / "vault-1.key"
    back_up(vault.settings, copy)
    with pytest.raises(VaultRefusedError) as there:
        back_up(vault.settings, copy)
    assert there.value.code == "copy_there"
    right = key.read_text()
    opens = opener(vault)

    key.write_text("ab" * KEY_BYTES)
    for tried in (
        lambda: rotate(vault.settings),
        lambda: back_up(vault.settings, tmp_path / "other"),
        lambda: restore_vault(vault.settings, vault.reader, copy),
    ):
        with pytest.raises(KeysLostError):
            tried()
    # The service says that names are not opened now: it has not failed.
    with pytest.raises(VaultClosedError):
        opens.keys_of(records(1))

    key.unlink()
    vault.settings.masters.make(2)
    with pytest.raises(VaultRefusedError) as missing:
        rotate(vault.settings)
    assert missing.value.code == "master_missing"
    assert str(key) in missing.value.told(Terms(Language.ZH))

    (vault.settings.keys / "vault-2.key").unlink()
    key.write_text(right)
    key.chmod(0o600)
    assert len(opens.keys_of(records(1))) == 1
    opens.close()


def test_of_two_rotations_at_once_the_second_is_told_so(vault: Vault) -> None:  # noqa: F811
    with open_vault(vault.settings.postgres) as other:
        assert rotates_alone(other)
        with pytest.raises(VaultRefusedError) as refused:
            rotate(vault.settings)
    assert refused.value.code == "rotating"
    assert rotate(vault.settings).version == 2


def test_a_copy_of_another_vault_is_not_put_back(
    vault: Vault,  # noqa: F811
    tmp_path: Path,
) -> None:
    sealed(vault, report(1))
    copy = tmp_path / "vault.copy"
    back_up(vault.settings, copy)
    vault.sql("UPDATE vault.known_key SET check_box = '\\x00' WHERE name = 'person-tokens'")

    with pytest.raises(KeysLostError, match="person-tokens"):
        restore_vault(vault.settings, vault.reader, copy)
