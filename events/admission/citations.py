"""A legal basis is a citation (引用): the law by its name or number, and the article. Pure.

What cannot be one is refused. What can, of a law that the table lacks, without an article, or of a
law that was not in force, is let pass with a remark: no table holds every law, and a department
that applies the old law to an old act is right.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from events.admission.rejection import Reason, RejectionReason, reason
from events.envelope import Remark
from events.rules.laws import laws_cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from events.rules.laws import Law

RULE: Final = (
    "a citation: the law by its name or number, and the article, such as"
    " 《中华人民共和国行政处罚法》第三十三条"
)

_ARTICLE: Final = re.compile(
    r"第?[0-9零〇一二三四五六七八九十百千两]+[条條款项章]|\b(?:arts?|articles?)\b", re.IGNORECASE
)
_TITLE: Final = re.compile(r"《[^《》]*[^《》\W\d][^《》]+》")
_NUMBERED: Final = re.compile(
    r"[〔\[(]\d{4}[〕\])].{0,20}?\d+号|令.{0,9}?\d+|第\d+号(?:令|公告)|[A-Z]{2}\d*(?:/T)? ?\d{3,}"
)
_NOTHING_SAID: Final = re.compile(
    "有关|相关|国家|法律|法规|规章|依据|根据|依照|按照|违反|违法|没有|暂无|详见|附件|其他|上述"
    "|[按依见无等本该与和及或、的之]"
)
"""What names no law, though 有关法律法规规定 looks like one."""
_NAMED: Final = re.compile(
    "[\u4e00-\u9fff]{2,}(?:法|法典|条例|规定|办法|细则|规则|解释|决[定议]|通知|意见|规程|规范|标准"
    "|准则|制度|章程|公约|协定|规划|方案|公告|通告|命令|批复|判决|裁定|计划)"
)
_ENGLISH: Final = re.compile(
    r"[A-Za-z]{3,} .*\b(?:act|law|regulations?|measures|rules|order|provisions|code|plan)\b"
    r"|\b(?:Act|Law|Regulations?|Measures|Rules|Order|Provisions|Code|Plan) (?:of|on) ",
    re.IGNORECASE,
)


def check_citation(field: str, text: str, *_: Any) -> Iterator[Reason]:
    """Check that a legal basis can be a citation; what is empty is another fault."""
    if text and not _can_cite(text):
        yield reason(RejectionReason.LEGAL_BASIS_NOT_CITED, field, text, RULE)


def citation_remarks(text: str, on: date) -> Iterator[Remark]:
    """Note what is let pass of a citation in a decision of a day."""
    laws = _cited(text)
    if not laws:
        yield Remark.LAW_UNKNOWN
    elif not any(law.in_force(on) for law in laws):
        yield Remark.LAW_NOT_IN_FORCE
    if not _names_article(text):
        yield Remark.ARTICLE_NOT_NAMED


@lru_cache(maxsize=4_096)
def _cited(text: str) -> tuple[Law, ...]:
    """Give the laws that a citation names; a department cites the same few again and again."""
    return tuple(laws_cited(text))


@lru_cache(maxsize=4_096)
def _names_article(text: str) -> bool:
    return _ARTICLE.search(text) is not None


@lru_cache(maxsize=4_096)
def _can_cite(text: str) -> bool:
    patterns = (_TITLE, _NUMBERED, _ENGLISH)
    if _cited(text) or any(pattern.search(text) for pattern in patterns):
        return True
    return _NAMED.search(_NOTHING_SAID.sub("", text)) is not None
