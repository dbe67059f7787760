"""One file of client settings opens both client libraries, and its faults are named without secrets."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from streams.broker import (
    Broker,
    ClientSettingsError,
    broker,
    librdkafka,
    of_account,
    servers,
    settings_text,
)

SECRET = "of-nobody's-business"
SETTINGS = {
    "bootstrap.servers": "one:9092,two:9092",
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": "market-zj",
    "sasl.password": SECRET,
}


def file_of(folder: Path, **changes: str | None) -> Path:
    """Write settings, some of them changed by their names with _ for a dot, None: left out."""
    found = SETTINGS | {name.replace("_", "."): value for name, value in changes.items()}
    file = folder / "market-zj.properties"
    lines = [f"{name}={value}\n" for name, value in found.items() if value is not None]
    file.write_text("".join(lines))
    file.chmod(0o600)
    return file


def test_servers_alone_are_a_broker_that_asks_for_no_account() -> None:
    found = broker("one:9092,two:9092")
    assert found == Broker("one:9092,two:9092")
    assert found.librdkafka() == {"bootstrap.servers": "one:9092,two:9092"}
    assert found.aiokafka() == {
        "bootstrap_servers": "one:9092,two:9092",
        "security_protocol": "PLAINTEXT",
    }
    assert (found.account, found.group("watch")) == (None, "credit-ledger.watch")


def test_one_file_opens_clients_of_both_libraries(tmp_path: Path) -> None:
    name = str(file_of(tmp_path))
    assert librdkafka(name, {"group.id": "g"}) == {**SETTINGS, "group.id": "g"}
    assert broker(name).aiokafka() == {
        "bootstrap_servers": "one:9092,two:9092",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "market-zj",
        "sasl_plain_password": SECRET,
    }
    assert servers(name) == "one:9092,two:9092"
    assert broker(name).group("watch") == "market-zj.watch"


def test_a_folder_holds_a_file_for_each_account(tmp_path: Path) -> None:
    file_of(tmp_path)
    assert of_account(str(tmp_path), "market-zj") == str(tmp_path / "market-zj.properties")
    assert broker(str(tmp_path), "market-zj").account == "market-zj"
    assert of_account("one:9092", "market-zj") == "one:9092"
    with pytest.raises(ClientSettingsError, match=r"admin\.properties: No such file"):
        broker(str(tmp_path))


def test_comments_blanks_and_the_other_spelling_of_the_mechanism_are_taken(tmp_path: Path) -> None:
    file = file_of(tmp_path, sasl_mechanism=None)
    file.write_text(f"# of the market office\n\n sasl.mechanisms = PLAIN\n{file.read_text()}")
    assert broker(str(file)).settings["sasl.mechanism"] == "PLAIN"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"bootstrap_servers": None}, r"bootstrap\.servers is missing"),
        ({"sasl_password": None}, r"sasl\.password is missing; SASL_PLAINTEXT needs it"),
        ({"sasl_username": ""}, r"sasl\.username is missing"),
        ({"sasl_mechanism": None}, r"sasl\.mechanism is missing"),
        ({"sasl_mechanism": "GSSAPI"}, r"sasl\.mechanism is 'GSSAPI', and must be one of PLAIN"),
        ({"security_protocol": "sasl"}, r"security\.protocol is 'sasl', and must be one of"),
        ({"sasl_pasword": SECRET}, r"line 6: 'sasl\.pasword' is no client setting; those are "),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_never_with_a_secret(
    tmp_path: Path, changes: dict[str, str | None], told: str
) -> None:
    with pytest.raises(ClientSettingsError, match=told) as failed:
        broker(str(file_of(tmp_path, **changes)))
    assert str(tmp_path) in str(failed.value)
    assert SECRET not in str(failed.value)


def test_a_line_without_an_equals_sign_is_not_shown_as_it_may_be_a_password(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    file.write_text(f"{file.read_text()}{SECRET}\n")
    with pytest.raises(ClientSettingsError, match="line 6: a line without =") as failed:
        broker(str(file))
    assert SECRET not in str(failed.value)


def test_a_password_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    file = file_of(tmp_path)
    file.chmod(0o644)
    with pytest.raises(ClientSettingsError, match="chmod 600"):
        broker(str(file))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = broker(str(file_of(tmp_path)))
    assert settings_text(found) == file_of(tmp_path).read_text()


def test_another_account_goes_the_same_way_and_takes_no_certificate_along(tmp_path: Path) -> None:
    given = {"security_protocol": "SASL_SSL", "ssl_ca_location": "ca.pem"}
    own = {"ssl_certificate_location": "own.pem", "ssl_key_location": "own.key"}
    other = broker(str(file_of(tmp_path, **given, **own))).as_account("tax-zj", "other")
    assert other.librdkafka() == SETTINGS | {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": "ca.pem",
        "sasl.username": "tax-zj",
        "sasl.password": "other",
    }


def test_a_broker_shown_tells_no_secret(tmp_path: Path) -> None:
    found = broker(str(file_of(tmp_path)))
    assert SECRET not in f"{found} {found!r}"


def test_tls_checks_the_name_unless_told_otherwise(tmp_path: Path) -> None:
    checked = broker(str(file_of(tmp_path, security_protocol="SASL_SSL"))).aiokafka()["ssl_context"]
    assert (checked.check_hostname, checked.verify_mode) == (True, ssl.CERT_REQUIRED)
    file = file_of(tmp_path, security_protocol="SSL", ssl_endpoint_identification_algorithm="none")
    unnamed = broker(str(file)).aiokafka()
    assert not unnamed["ssl_context"].check_hostname
    assert "sasl_mechanism" not in unnamed


def test_nobody_else_says_where_the_broker_is() -> None:
    root = Path(__file__).resolve().parents[3]
    saying = {
        path.relative_to(root).as_posix()
        for package in ("events", "projections", "streams", "ops", "tests")
        for path in (root / package).rglob("*.py")
        if "bootstrap.servers" in (text := path.read_text()) or "bootstrap_servers" in text
    }
    # A test of TLS writes such a file as an operator would.
    own = {"tests/unit/streams/test_broker.py", "tests/integration/test_broker_listeners.py"}
    assert saying == {"streams/broker.py", *own}
