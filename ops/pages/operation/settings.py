"""Each setting of an installation, with its value and where that comes from."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.settings import SETTING_FIELDS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCTION: Final = "CREDIT_LEDGER_PRODUCTION"
"""`yes` where what is recorded has legal effect."""
_DEFAULTS: Final[Mapping[str, str]] = {
    "CREDIT_LEDGER_KAFKA": "<home>/kafka/clients",
    "CREDIT_LEDGER_POSTGRES": "<home>/postgres",
    "CREDIT_LEDGER_HOME": ".local",
    "CREDIT_LEDGER_CACHE": ".local/jars",
    "CREDIT_LEDGER_LANGUAGE": "LANG",
    "CREDIT_LEDGER_ORIGIN": "localhost/credit",
    "CREDIT_LEDGER_CUT_EVERY_S": "10",
    "CREDIT_LEDGER_POLICY": "<home>",
    "CREDIT_LEDGER_KEYS": "<home>/keys",
    "CREDIT_LEDGER_VAULT": "CREDIT_LEDGER_POSTGRES",
    "CREDIT_LEDGER_SUITE": "intl",
    "CREDIT_LEDGER_KEY": "<home>/access/local.key",
    "CREDIT_LEDGER_PURPOSE": "",
    "CREDIT_LEDGER_BASIS": "",
    "CREDIT_LEDGER_OIDC_ISSUER": "",
    "CREDIT_LEDGER_OIDC_AUDIENCE": "",
    "CREDIT_LEDGER_OIDC_CLIENT": "",
    "CREDIT_LEDGER_MAP": "",
    "CREDIT_LEDGER_MAP_APPROVAL": "",
    "CREDIT_LEDGER_OIDC_SECRET_FILE": "",
    PRODUCTION: "no",
}
_PASSWORD: Final = re.compile(r"(?<=:)[^:@/]+(?=@)|(?<=password=)[^&\s]+|(?<=crl_)\S+")
"""Of a URL its password, and of a key of access (CREDIT_LEDGER_KEY may hold one) its secret."""


class SettingTold(NamedTuple):
    """A setting, its value, and whether somebody set it; a password in it is not shown."""

    name: str
    value: str
    is_set: bool


def settings_told(environment: Mapping[str, str] | None = None) -> list[SettingTold]:
    """Give every setting, in the order of names."""
    env = os.environ if environment is None else environment
    by_field = {field.name: str(field.default) for field in fields(Settings)}
    defaults = {**_DEFAULTS, **{name: by_field[field] for name, field in SETTING_FIELDS.items()}}
    return [
        SettingTold(name, _PASSWORD.sub("…", env.get(name, default)), name in env)
        for name, default in sorted(defaults.items())
    ]


def is_production(environment: Mapping[str, str] | None = None) -> bool:
    """Say whether what is recorded here has legal effect."""
    env = os.environ if environment is None else environment
    return env.get(PRODUCTION, "").strip().lower() in {"1", "yes", "true"}
