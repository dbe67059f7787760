"""The data dictionary as plain data: identifiers, records, codes, regions, evaluation, report."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.rules.rulebook import load_rulebook
from events.wire.schemas import load_schemas
from ops.dictionary.code_lists import code_lists, dated_rows, divisions
from ops.dictionary.records import columns_not_taken, envelope_fields, official_columns, records
from ops.dictionary.regions import regions
from ops.terms.terms import all_terms
from projections.as_of.state import canonical
from projections.queries.subject.profile import ProfileAnswer

if TYPE_CHECKING:
    from datetime import date

    from events.rules.rulebook import Rulebook

TITLE: Final = ("公共信用信息数据字典", "Data dictionary of the public credit ledger")
SECTIONS: Final = (
    *("names", "aliases", "counts", "lists", "notices", "warnings", "supervision", "score"),
    *("measures", "discrepancies", "rules"),
)
"""Parts of a credit report, in order; records by type stand between `counts` and `lists`."""


@cache
def dictionary() -> dict[str, Any]:
    """Give the whole, with its version and digest.

    The version is the newest schema id and the number of dated rows of rules and catalogue: both
    only grow. The digest is the SHA-256 of the canonical JSON of all else.
    """
    rulebook = load_rulebook()
    newest = max(entry.id for entry in load_schemas())
    body: dict[str, Any] = {
        "title_zh": TITLE[0],
        "title_en": TITLE[1],
        "version": f"{newest}.{dated_rows(rulebook)}",
        "identifiers": _rows("identifiers.toml", "identifier"),
        "envelope": envelope_fields(),
        "records": records(),
        "code_lists": code_lists(),
        "divisions": divisions(),
        "regions": regions(rulebook, _last_change(rulebook)),
        "official_columns": {
            "taken": [{"field": f, "columns": names} for f, names in official_columns().items()],
            "not_taken": columns_not_taken(),
        },
        "evaluation": _evaluation(rulebook),
        "service": _service(rulebook),
        "report": _report(),
        "security": _rows("security.toml", "service"),
    }
    return {**body, "digest": hashlib.sha256(canonical(body)).hexdigest()}


def _rows(name: str, key: str) -> list[dict[str, Any]]:
    text = (files("ops.dictionary") / name).read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)[key]
    return rows


def _last_change(rulebook: Rulebook) -> date:
    """Give the last day on which a rule changes: the mapping is by the newest rules known."""
    return rulebook.change_days()[-1]


def _evaluation(rulebook: Rulebook) -> list[dict[str, Any]]:
    """Give the framework of evaluation (信用评价技术框架): every model and version, whole."""
    plain: list[dict[str, Any]] = [
        msgspec.to_builtins(each) for each in (*rulebook.scores, *rulebook.regions, *rulebook.hints)
    ]
    return plain


def _service(rulebook: Rulebook) -> dict[str, Any]:
    """Give the rules of service (信用服务工作规程): reporting, objection and repair, by when."""
    return {
        "reporting": msgspec.to_builtins(rulebook.deadlines),
        "cadences": msgspec.to_builtins(rulebook.cadences),
        "objections": msgspec.to_builtins(rulebook.objections),
        "repairs": msgspec.to_builtins(rulebook.repairs),
    }


def _report() -> dict[str, Any]:
    """Give the template of a credit report (信用报告格式文本): its parts, and its form as JSON."""
    text, types = all_terms()["text"], all_terms()["event_type"]
    heads = [
        {"code": code, "name_zh": text[code][0], "name_en": text[code][1]} for code in SECTIONS
    ]
    kinds = [{"code": code, "name_zh": zh, "name_en": en} for code, (zh, en) in types.items()]
    at = SECTIONS.index("counts") + 1
    return {
        "sections": [*heads[:at], *kinds, *heads[at:]],
        "json_schema": msgspec.json.schema(ProfileAnswer),
    }
