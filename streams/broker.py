"""The one place from which every client of Kafka takes its connection, for both client libraries.

`CREDIT_LEDGER_KAFKA` is `host:port[,host:port]` of brokers that ask for no account; or a file of
client settings, as librdkafka and kcat read them (`key=value`); or a folder of such files, one an
account (`admission.properties`). It never holds a secret itself, so it may stand in a list of
processes, in a log and in an error.
"""

from __future__ import annotations

import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRAM: Final = "SCRAM-SHA-512"
"""How accounts of ours prove themselves: the password itself never goes over the wire."""

SUFFIX: Final = ".properties"
USUAL_ACCOUNT: Final = "admin"
"""Who a command is where nothing else was asked for: the owner of the folder of settings."""

SERVERS: Final = "bootstrap.servers"
_PROTOCOL: Final = "security.protocol"
_MECHANISM: Final = "sasl.mechanism"
_USER: Final = "sasl.username"
_PASSWORD: Final = "sasl.password"  # noqa: S105 - the name of a setting
_CA: Final = "ssl.ca.location"
_CERTIFICATE: Final = "ssl.certificate.location"
_KEY: Final = "ssl.key.location"
_KEY_PASSWORD: Final = "ssl.key.password"  # noqa: S105 - the name of a setting
_CHECKED_NAME: Final = "ssl.endpoint.identification.algorithm"

_KNOWN: Final = frozenset(
    {
        *(SERVERS, _PROTOCOL, _MECHANISM, _USER, _PASSWORD),
        *(_CA, _CERTIFICATE, _KEY, _KEY_PASSWORD, _CHECKED_NAME),
    }
)
_SECRET: Final = frozenset({_PASSWORD, _KEY_PASSWORD})
_OTHER_NAMES: Final = {"sasl.mechanisms": _MECHANISM}
_PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


class ClientSettingsError(LedgerError):
    """A file of client settings cannot be used as it is."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Broker:
    """Where brokers are, and as whom and how they are spoken to. Its text tells no secret."""

    servers: str
    """Comma-separated `host:port`."""
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those of `KNOWN` but the servers, as librdkafka names them."""

    @property
    def account(self) -> str | None:
        """The account's name; None of a broker that asks for none."""
        return self.settings.get(_USER)

    def group(self, name: str) -> str:
        """Name a consumer group that this account may join: they all begin with its name."""
        return f"{self.account or 'credit-ledger'}.{name}"

    def as_account(self, name: str, password: str, mechanism: str = SCRAM) -> Broker:
        """Give the same brokers, spoken to as another account."""
        encrypted = self.settings.get(_PROTOCOL, "").endswith("SSL")
        kept = {each: self.settings[each] for each in (_CA, _CHECKED_NAME) if each in self.settings}
        return Broker(
            self.servers,
            {
                _PROTOCOL: "SASL_SSL" if encrypted else "SASL_PLAINTEXT",
                _MECHANISM: mechanism,
                _USER: name,
                _PASSWORD: password,
                **kept,
            },
        )

    def librdkafka(self) -> dict[str, Any]:
        """Give the settings for a client of confluent-kafka."""
        return {SERVERS: self.servers, **self.settings}

    def aiokafka(self) -> dict[str, Any]:
        """Give the arguments for a client of aiokafka."""
        protocol = self.settings.get(_PROTOCOL, _PROTOCOLS[0])
        found: dict[str, Any] = {"bootstrap_servers": self.servers, "security_protocol": protocol}
        if protocol.startswith("SASL"):
            found |= {
                "sasl_mechanism": self.settings[_MECHANISM],
                "sasl_plain_username": self.settings[_USER],
                "sasl_plain_password": self.settings[_PASSWORD],
            }
        if protocol.endswith("SSL"):
            found["ssl_context"] = self._tls()
        return found

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.settings.get(_CA))
        context.check_hostname = self.settings.get(_CHECKED_NAME) != "none"
        if certificate := self.settings.get(_CERTIFICATE):
            key, password = self.settings.get(_KEY), self.settings.get(_KEY_PASSWORD)
            context.load_cert_chain(certificate, key, password)
        return context


def broker(kafka: str, account: str | None = None) -> Broker:
    """Read what `CREDIT_LEDGER_KAFKA` names; of a folder the file of an account.

    Raises `ClientSettingsError` naming file, setting and rule, and never the value of a secret.
    """
    named = of_account(kafka, account or USUAL_ACCOUNT)
    return _read(Path(named)) if _is_path(named) else Broker(named)


def librdkafka(kafka: str, own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the settings of a confluent-kafka client: those of the connection, and its own."""
    return {**broker(kafka).librdkafka(), **(own or {})}


def of_account(kafka: str, account: str) -> str:
    """Give what to connect with as an account: its file, where a folder of them is named."""
    folder = Path(kafka)
    if not _is_path(kafka) or not folder.is_dir():
        return kafka
    return str(folder / f"{account}{SUFFIX}")


def are_ours(kafka: str) -> bool:
    """Whether a folder of accounts is named, that of the administrator among them."""
    return _is_path(kafka) and Path(kafka).is_dir()


def servers(kafka: str) -> str:
    """Give the servers alone, to be shown."""
    return broker(kafka).servers


def settings_text(account: Broker) -> str:
    """Write client settings as such a file holds them."""
    return "".join(f"{name}={value}\n" for name, value in account.librdkafka().items())


def _is_path(kafka: str) -> bool:
    return "/" in kafka or kafka.endswith(SUFFIX)


def _read(file: Path) -> Broker:
    try:
        text = file.read_text()
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ClientSettingsError(
            f"CREDIT_LEDGER_KAFKA: {file}: {why}; it is to be a file of client settings, as "
            "`credit-ledger access kafka account NAME` prints them"
        ) from error
    found = dict(_settings(file, text))
    if mode & stat.S_IROTH and _SECRET & found.keys():
        raise ClientSettingsError(f"{file}: everybody may read its password: chmod 600 {file}")
    _check(file, found)
    return Broker(found.pop(SERVERS), found)


def _settings(file: Path, text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        name = _OTHER_NAMES.get(name, name)
        if not equals or name not in _KNOWN:
            shown = repr(name[:60]) if equals else "a line without ="
            raise ClientSettingsError(
                f"{file}, line {number}: {shown} is no client setting; those are "
                f"{', '.join(sorted(_KNOWN))}"
            )
        found.append((name, value))
    return found


def _check(file: Path, found: Mapping[str, str]) -> None:
    protocol = found.get(_PROTOCOL, _PROTOCOLS[0])
    if protocol not in _PROTOCOLS:
        raise ClientSettingsError(
            f"{file}: {_PROTOCOL} is {protocol[:60]!r}, and must be one of {', '.join(_PROTOCOLS)}"
        )
    needed = [SERVERS]
    if protocol.startswith("SASL"):
        needed += [_MECHANISM, _USER, _PASSWORD]
    for name in needed:
        if not found.get(name):
            raise ClientSettingsError(f"{file}: {name} is missing; {protocol} needs it")
    if found.get(_MECHANISM, _MECHANISMS[0]) not in _MECHANISMS:
        told = found[_MECHANISM][:60]
        raise ClientSettingsError(
            f"{file}: {_MECHANISM} is {told!r}, and must be one of {', '.join(_MECHANISMS)}"
        )
