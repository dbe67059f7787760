"""What is published of the standards (标准规范): dictionary, topics, schemas; with a manifest."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from events.wire.schemas import load_schemas
from ops.dictionary.asyncapi import asyncapi
from ops.dictionary.contents import dictionary
from ops.dictionary.markdown import markdown
from projections.http.artefact import Artefact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@cache
def artefacts() -> Mapping[str, Artefact]:
    """Give every file by name, the manifest last."""
    found = dictionary()
    topics = asyncapi(found["version"])
    bodies = {
        "data-dictionary.json": _pretty(found),
        "data-dictionary.md": markdown(found).encode(),
        "asyncapi.json": _pretty(topics),
        "divisions.tsv": (files("events") / "rules" / "divisions.tsv").read_bytes(),
        **{f"schemas/{e.id:04}-{e.record}.avsc": e.text.encode() for e in load_schemas()},
    }
    manifest = {
        "title_zh": found["title_zh"],
        "title_en": found["title_en"],
        "version": found["version"],
        "digest": found["digest"],
        "files": {
            name: {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in bodies.items()
        },
    }
    bodies["manifest.json"] = _pretty(manifest)
    return {name: Artefact(name, body) for name, body in bodies.items()}


def export(folder: Path) -> list[Path]:
    """Write every file below a folder; give their paths."""
    written = []
    for artefact in artefacts().values():
        path = folder / artefact.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(artefact.body)
        written.append(path)
    return written


def _pretty(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
