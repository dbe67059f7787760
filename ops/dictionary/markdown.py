"""The data dictionary for people to read: Markdown, with a table for each part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def markdown(found: Mapping[str, Any]) -> str:
    """Write the whole dictionary as one document."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {found['title_zh']} {found['title_en']}"
    yield ""
    yield f"Version {found['version']}, SHA-256 of its contents `{found['digest']}`."
    yield "Made by `credit-ledger catalogue export` from schemas, rules and terms; not edited."
    yield from _part("识别编码 Identifiers")
    yield from _table(
        ("code", "name", "standard", "form", "check", "use", "example"),
        (
            (r["code"], _named(r), r["standard"], r["form"], r["check"], r["use"], r["example"])
            for r in found["identifiers"]
        ),
    )
    yield from _part("公共数据元 What every event carries (`envelope`)")
    yield from _fields(found["envelope"])
    yield from _part("记录 Records")
    for record in found["records"]:
        yield from _record(record)
    yield from _part("代码集 Code lists")
    for name, rows in found["code_lists"].items():
        yield from _code_list(name, rows)
    yield from _divisions(found["divisions"])
    yield from _regions(found["regions"])
    yield from _columns(found["official_columns"])
    yield from _rules(found)
    yield from _part("信用报告格式 Report template")
    yield from _table(
        ("part", "中文", "English"),
        ((r["code"], r["name_zh"], r["name_en"]) for r in found["report"]["sections"]),
    )
    yield ""
    yield "Its form as JSON Schema stands in `data-dictionary.json`, under `report.json_schema`."
    yield from _part("安全服务 Security profile")
    yield from _table(
        ("service", "name", "means", "standard", "state"),
        ((r["code"], _named(r), r["means"], r["standard"], r["state"]) for r in found["security"]),
    )


def _part(title: str) -> Iterator[str]:
    yield from ("", f"## {title}", "")


def _record(record: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### `{record['record']}`", "", record["doc"])
    versions = ", ".join(f"{v['schema_id']} ({v['published']})" for v in record["versions"])
    yield f"On topics of kind `{record['topics']}`; {record['what']}; schema ids: {versions}."
    yield ""
    yield from _fields(record["fields"])
    yield ""


def _fields(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield from _table(
        ("field", "中文", "type", "unit", "required", "codes", "双公示 columns", "meaning"),
        (
            (
                f"`{r['name']}`",
                r["name_zh"],
                r["type"],
                r["unit"],
                "yes" if r["required"] else "",
                r["codes"] or "",
                ", ".join(r["official_columns"]),
                r["doc"],
            )
            for r in rows
        ),
    )


def _code_list(name: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from (f"### {name}", "")
    told = ("code", "name_zh", "name_en")
    more = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in told]
    plain = [key for key in more if not any(isinstance(row.get(key), dict) for row in rows)]
    yield from _table(
        ("code", "中文", "English", *plain),
        ((*(row.get(key, "") for key in told), *(row.get(key) for key in plain)) for row in rows),
    )
    yield ""


def _divisions(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    today = [row for row in rows if row["to"] is None and row["level"] != "county"]
    yield from _part("行政区划 Divisions of the Yangtze delta")
    yield f"Provinces and cities of today; all {len(rows)} places, with counties and history, stand"
    yield "in `data-dictionary.json`, and of all China in `divisions.tsv`."
    yield ""
    yield from _table(("code", "place"), ((row["code"], row["name_zh"]) for row in today))


def _regions(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _part("长三角对照 Mapping of the Yangtze delta")
    yield "Clocks and periods are those of a general penalty by the newest rules; a province"
    yield "without rules of its own is read by ours. A moment in a file is of the day that it is in"
    yield "China (UTC+8), one without a zone as clocks there show it, in every province."
    yield ""
    yield from _table(
        ("code", "place", "gateways", "warnings", "own rules", "clocks", "objection, working days"),
        (
            (
                row["code"],
                row["name_zh"],
                [each["topic"] for each in row["gateways"]],
                row["warnings"],
                row["own_rules"],
                [f"{who}: {c['clock']} {c['months']}" for who, c in row["clocks"].items()],
                row["objection_working_days"],
            )
            for row in rows
        ),
    )


def _columns(found: Mapping[str, Any]) -> Iterator[str]:
    yield from _part("双公示表单对照 Columns of the official penalty form")
    taken = ((", ".join(r["columns"]), f"`{r['field']}`") for r in found["taken"])
    unused = ((", ".join(r["names"]), f"not taken: {r['reason']}") for r in found["not_taken"])
    yield from _table(("columns", "field"), (*taken, *unused))


def _rules(found: Mapping[str, Any]) -> Iterator[str]:
    yield from _part("信用评价技术框架 Framework of evaluation")
    models = found["evaluation"]
    yield from _table(
        ("model", "versions", "references"),
        (
            (m["id"], [v["from"] for v in m["in_force"]], [v["reference"] for v in m["in_force"]])
            for m in models
        ),
    )
    yield from _part("信用服务工作规程 Rules of service")
    for name in ("reporting", "objections", "repairs"):
        yield from (f"### {name}", "")
        yield from _table(
            ("rule", "about", "newest version"),
            ((r["id"], r["title"], r["in_force"][-1]) for r in found["service"][name]),
        )
        yield ""


def _named(row: Mapping[str, Any]) -> str:
    return f"{row['name_zh']} {row['name_en']}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
        text = ", ".join(value)
    elif isinstance(value, (list, tuple, dict)):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value)
    return text.replace("|", "\\|").replace("\n", " ")
