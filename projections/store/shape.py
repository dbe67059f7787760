"""The shape of read models: columns of their tables, and what the states in them are made of."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from projections.fold.state import SubjectState


@cache
def shape() -> str:
    """Give what this code's read models look like, as 16 digits; remarks do not count."""
    tables = (files("projections.store") / "schema.sql").read_text(encoding="utf-8")
    without_remarks = " ".join(re.sub(r"--.*", "", tables).split())
    states = json.dumps(_bare(msgspec.json.schema(SubjectState)), sort_keys=True)
    return hashlib.sha256(f"{without_remarks}\n{states}".encode()).hexdigest()[:16]


def _bare(schema: Any) -> Any:
    """Leave out what a schema takes from docstrings."""
    match schema:
        case dict():
            return {key: _bare(value) for key, value in schema.items() if key != "description"}
        case list():
            return [_bare(value) for value in schema]
        case _:
            return schema
