"""Every route, page and verb used badly with somebody's identity number: nobody else may come to read it.

Routes, parameters and verbs are read off the product, so that a new one is walked too.
"""

from __future__ import annotations

import itertools
import os
import re
from contextlib import chdir
from enum import EnumType
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import httpx
from typer.testing import CliRunner

from ops.cli import app
from ops.pages.routes import BY_RIGHT, FOR_EVERYBODY
from projections.http.asking.asked import Face
from projections.http.asking.parameter import ParameterPlace
from projections.http.routes import ROUTES
from tests.acceptance.test_odd_verbs import ENTERED, NOT_RUN, VERBS
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from projections.http.asking.asked import Row

BOX: Final = ("key", "purpose", "basis", "q")
"""What is typed on pages."""


def asked_badly(address: str, key: str, number: str) -> Iterator[tuple[Row, httpx.Response]]:
    """Put a number wherever a route or a page takes something: path, query, form, headers."""
    with httpx.Client(base_url=address, timeout=AMPLE_S) as client:
        for row in (*ROUTES, *FOR_EVERYBODY, *BY_RIGHT):
            is_page = row.face is Face.PAGE
            with_platform = re.sub(r"\{(?!platform)[^}]*\}", number, row.path)
            paths = {
                re.sub(r"\{[^}]*\}", number, row.path),
                with_platform.format(platform="person"),
            }
            query = {each.name: number for each in row.takes if each.place is ParameterPlace.QUERY}
            shown = ((key, "supervision"), (number, number))
            for path, method, (bearer, purpose) in itertools.product(
                sorted(paths), row.methods, shown
            ):
                question = client.build_request(
                    method,
                    f"/zh{path}" if is_page else path,
                    # What takes no parameters is asked with one that it does not take.
                    params=query or {"q": number},
                    headers={
                        "Authorization": f"Bearer {bearer}",
                        "Credit-Purpose": purpose,
                        "Credit-Basis": f"case {number}",
                        "Sec-Fetch-Site": "same-origin",
                    },
                    data=dict.fromkeys(BOX, number) if is_page else None,
                )
                yield row, client.send(question)


def verbs_used_badly(told: Mapping[str, str], number: str, file: str) -> int:
    """Say a number at every verb, once in each place where a text may stand; give how often."""
    lines = [
        line
        for verb, command in VERBS.items()
        if verb[0] not in NOT_RUN
        for line in _lines(verb, command.params, number, file)
    ]
    kept = {name: value for name, value in os.environ.items() if "CREDIT_LEDGER" not in name}
    with chdir(Path(file).parent), patch.dict(os.environ, {**kept, **told}, clear=True):
        for line in lines:
            CliRunner().invoke(app, line)
    return len(lines)


def _lines(
    verb: tuple[str, ...], params: Sequence[Any], number: str, file: str
) -> Iterator[list[str]]:
    """Give a line for each parameter that says the number, the others as they should be."""
    said = [each for each in params if not getattr(each, "is_flag", False)]
    for odd in said:
        line = list(verb)
        for each in said:
            if each is odd or each.required:
                text = number if each is odd else _as_it_should_be(each, file)
                is_argument = each.param_type_name == "argument"
                line += [text] if is_argument else [f"{each.opts[0]}={text}"]
        yield line


def _as_it_should_be(param: Any, file: str) -> str:
    if param.name in ("files", "folder"):
        return file
    kind = param.type_descriptor.annotation
    one_of = [str(each.value) for each in kind] if isinstance(kind, EnumType) else ["x"]
    return ENTERED.get(param.name, one_of[-1])
