"""Both listeners ask who one is, in every place where a broker of ours is described."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from ops.local.security import Accounts, broker_account, broker_settings
from streams.access import ADMIN, SERVICES
from streams.broker import broker, settings_text
from tests.support.stack import container_setting

ROOT = Path(__file__).resolve().parents[4]
SERVERS = "127.0.0.1:19092"


def test_no_listener_is_open_and_nobody_without_a_name_may_do_anything() -> None:
    found = broker_settings(broker_account(SERVERS))
    protocols = dict(each.split(":") for each in found["listener.security.protocol.map"].split(","))
    assert protocols == {"BROKER": "SASL_PLAINTEXT", "CONTROLLER": "SASL_PLAINTEXT"}
    assert found["allow.everyone.if.no.acl.found"] == "false"
    assert found["authorizer.class.name"].endswith("StandardAuthorizer")
    assert found["super.users"] == f"User:broker;User:{ADMIN}"


def test_the_compose_file_secures_the_broker_as_up_does() -> None:
    text = (ROOT / "compose.yaml").read_text()
    kafka = re.sub(r": >-\n\s+", ": ", text[text.index("  kafka:") : text.index("    volumes:")])
    kafka = re.sub(r"\n\s+(?=password=)", " ", kafka)
    told = dict(re.findall(r"^ +(KAFKA_\w+): \"?(.+?)\"?$", kafka, re.MULTILINE))
    own = broker_account(SERVERS)
    password = own.settings["sasl.password"]
    wanted = {
        container_setting(name): value.replace(password, "${CREDIT_LEDGER_BROKER_PASSWORD:?}")
        for name, value in broker_settings(own).items()
    }
    assert {name: told.get(name) for name in wanted} == wanted
    assert "PLAINTEXT://" not in text


def test_files_of_accounts_are_for_their_owner_alone_and_follow_the_port(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "clients")
    accounts.move(SERVERS)
    assert not accounts.are_made
    for name in (*SERVICES, ADMIN):
        given = broker_account(SERVERS).as_account(name, "hunter2")
        (accounts.folder / f"{name}.properties").write_text(settings_text(given))
        (accounts.folder / f"{name}.properties").chmod(0o600)
    assert accounts.are_made

    accounts.move("127.0.0.1:19999")
    for name in (*SERVICES, ADMIN):
        file = accounts.folder / f"{name}.properties"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        moved = broker(str(accounts.folder), name)
        assert (moved.servers, moved.account) == ("127.0.0.1:19999", name)
    assert stat.S_IMODE(accounts.folder.stat().st_mode) == 0o700

    accounts.forget()
    assert not accounts.folder.exists()


def test_a_password_is_new_each_time() -> None:
    assert broker_account(SERVERS).settings != broker_account(SERVERS).settings
