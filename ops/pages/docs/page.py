"""The documents of the service as pages: routes with their rights, events, topics, terms.

Each is read off what the service itself runs by: the table of routes, the rows of the policy, the
schemas, the table of topics, the code lists. Nothing of it is written a second time by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.event import EVENT_TYPES
from events.rules.rulebook import load_rulebook
from ops.dictionary.contents import dictionary
from ops.pages.asking import page_within
from ops.pages.docs.rules import dated_rules
from ops.pages.docs.told import (
    accounts_told,
    fields_told,
    kinds_of_topics,
    method_and_path,
    record_name,
    routes_told,
)
from ops.pages.problems import told_page
from projections.http.asking.asked import Face
from projections.http.asking.forms import NumberForm
from projections.http.asking.parameter import Parameter
from projections.http.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from ops.pages.opened import PageAsked

ROWS_OF_PAGE: Final = 100
PAGE: Final = Parameter("page", NumberForm(1, 1_000), "Which page of rows.", absent=1)
_CURRENT: Final = "docs"
_WHAT: Final = ("original", "amendment", "derived")


async def docs_page(asked: PageAsked) -> Response:
    """Answer what there is to read, and in which form programs read it."""
    return asked.frame.render(
        "docs.html",
        current=_CURRENT,
        counts=[
            ("questions", len(ROUTES)),
            ("events", len(dictionary()["records"])),
            ("topics", sum(len(each.topics) for each in kinds_of_topics().values())),
            ("terms", sum(map(len, dictionary()["code_lists"].values()))),
            ("rules", len(dated_rules())),
        ],
        version=dictionary()["version"],
    )


async def questions_page(asked: PageAsked) -> Response:
    """Answer every route of the service: what it gives, to whom, for which purposes."""
    return asked.frame.render(
        "docs_questions.html",
        current=_CURRENT,
        routes=routes_told(asked.frame.language, asked.service.today()),
        registry=[method_and_path(row) for row in ROUTES if row.face is Face.REGISTRY],
    )


async def events_page(asked: PageAsked) -> Response:
    """Answer every record of the wire: what is said by it, and on which topics it stands."""
    records = [(each, record_name(asked.frame, each["record"])) for each in dictionary()["records"]]
    return asked.frame.render(
        "docs_events.html",
        current=_CURRENT,
        groups=[(what, [each for each in records if each[0]["what"] == what]) for what in _WHAT],
    )


async def event_page(asked: PageAsked) -> Response:
    """Answer one record: its fields, their types, units, codes and columns of official forms."""
    name = asked.request.path_params["message"]
    found = next((each for each in dictionary()["records"] if each["record"] == name), None)
    if found is None:
        return _no_page(asked)
    short = name.rpartition(".")[2]
    categories = [
        rows[-1] for rows in load_rulebook().categories.values() if short in rows[-1].event_types
    ]
    return asked.frame.render(
        "docs_event.html",
        current=_CURRENT,
        record=found,
        name=record_name(asked.frame, name),
        short=short,
        is_reported=bool(categories),
        categories=[asked.frame.terms.name(row, row.code) for row in categories],
        parts=[
            ("own_fields", fields_told(found["fields"])),
            *([("envelope", fields_told(dictionary()["envelope"]))] * (short in EVENT_TYPES)),
        ],
    )


async def topics_page(asked: PageAsked) -> Response:
    """Answer the kinds of topics, and of each what it holds."""
    return asked.frame.render(
        "docs_topics.html",
        current=_CURRENT,
        kinds=[
            (kind, each, [(name, record_name(asked.frame, name)) for name in each.records])
            for kind, each in kinds_of_topics().items()
        ],
    )


async def topics_of_kind_page(asked: PageAsked) -> Response:
    """Answer every topic of a kind, with the accounts that write and read it, page by page."""
    kind, today = asked.request.path_params["kind"], asked.service.today()
    found = kinds_of_topics().get(kind)
    if found is None:
        return _no_page(asked)
    paged = _paged(asked, found.topics)
    paged["rows"] = [
        (
            each,
            accounts_told(asked.frame, each.writers, today),
            accounts_told(asked.frame, each.readers, today),
        )
        for each in paged["rows"]
    ]
    return asked.frame.render(
        "docs_topics_of_kind.html", current=_CURRENT, kind=kind, kept_days=found.kept_days, **paged
    )


async def terms_page(asked: PageAsked) -> Response:
    """Answer the code lists, each with how many codes it has."""
    lists = [(name, len(rows)) for name, rows in dictionary()["code_lists"].items()]
    return asked.frame.render("docs_terms.html", current=_CURRENT, lists=lists)


async def terms_of_list_page(asked: PageAsked) -> Response:
    """Answer the codes of one list, in both languages, page by page."""
    name = asked.request.path_params["codes"]
    rows = dictionary()["code_lists"].get(name)
    if rows is None:
        return _no_page(asked)
    return asked.frame.render(
        "docs_terms_of_list.html", current=_CURRENT, codes=name, **_paged(asked, rows)
    )


def _no_page(asked: PageAsked) -> Response:
    return told_page(asked.frame, 404, asked.frame.page("no_page"))


def _paged(asked: PageAsked, rows: Sequence[Any]) -> dict[str, Any]:
    """Give a page of rows, how many there are, and where the next stand."""
    number = page_within(asked[PAGE], ROWS_OF_PAGE, len(rows))
    first = (number - 1) * ROWS_OF_PAGE
    after = first + ROWS_OF_PAGE
    return {
        "rows": rows[first:after],
        "first": first + 1,
        "count": len(rows),
        "next": asked.frame.here(page=number + 1) if after < len(rows) else None,
    }
