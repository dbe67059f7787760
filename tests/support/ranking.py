"""What ranks subjects on a page, or judges one beside another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import httpx

from events.rules.access import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    SignIn = Callable[[Role], httpx.Client]
    AsRole = Callable[[Role], Page]


RANKED: Final = re.compile(
    r"\btop\b|\brank|\bleague\b|排名|排行|排序|名次|[第前]\s*[0-9一二三四五六七八九十百]+\s*[名位]",
    re.IGNORECASE,
)
DENIED: Final = re.compile("不作排名|nothing ranks them")
"""That nothing is ranked may be said."""
JUDGED: Final = re.compile(
    r"\bscores?\b|\bgrades?\b|\bpoints\b|\brating|[0-9] ?/ ?1000|信用基准性评价|评分|得分|等级|[A-E]级|[0-9]\s*分(?!钟)",
    re.IGNORECASE,
)
SUBJECTS: Final = re.compile(r"\b9[0-9A-HJ-NPQRTUWXY]{17}\b|\bP[0-9a-f]{32}\b")
SORTED: Final = re.compile(r"(?:[?&;]|name=\")(?:sort|order|rank|by)\b", re.IGNORECASE)


def said(page: str) -> str:
    """Give the text of a page without what may be chosen in its forms."""
    chosen = re.sub(r"<select\b.*?</select>", " ", page, flags=re.DOTALL)
    return DENIED.sub("", re.sub(r"<[^>]*>", " ", chosen))


def ranks(page: str) -> list[str]:
    """Name what of a page ranks, or judges one beside another."""
    main = page.split("<main")[1].split("</main>", maxsplit=1)[0]
    found = [*RANKED.findall(said(page)), *SORTED.findall(page)]
    if len(set(SUBJECTS.findall(main))) > 1:
        found += JUDGED.findall(said(main))
    return found
