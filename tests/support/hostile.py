"""Names and texts that try to be more than text, and a ledger that holds them at every place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.fields import Holds, holds, marked
from events.types.amendment import EventDismissed, RecordRevoked
from events.types.relation import SubjectMerged
from tests.support import builders as a

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event

MARK: Final = "i-was-put-in"
"""The class of every element that stands in these texts: no page may hold one."""
_PUT: Final = f'<b class="{MARK}">x</b>'
TEXTS: Final[Sequence[str]] = (
    f"<script class='{MARK}'>document.title='{MARK}'</script>",
    f"<img class={MARK} src=x onerror=\"document.title='{MARK}'\">",
    f'"><svg class="{MARK}" onload=alert(1)>',
    f"'><a class='{MARK}' href='javascript:alert(1)'>",
    f"</title><style class='{MARK}'>*{{display:none}}</style>",
    f"</textarea></select></option>{_PUT}",
    f"</code></dd></dl></main>{_PUT}",
    f"<!-- {_PUT}",
    f"]]>{_PUT}<![CDATA[",
    f"&lt;script&gt;{_PUT}&amp;#60;",
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}",
    "%s%n%(name)s{0}{}{count}",
    "javascript:alert(1)",
    "//elsewhere.example/x?a=1&b=2#c",
    "../../../etc/passwd\\..\\x",
    "'; DROP TABLE notice; --",
    "$(reboot)`reboot`|reboot;reboot",
    '=HYPERLINK("http://elsewhere.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    ' =cmd|"/c calc"!A1',
    '"a","b"\r\n=1+1,"c"',
    "a\u2028b\u2029c\u0085d",
    "\u202eesrever\u202c \u2066isolated",
    "\u200bz\u200bw\u200b\ufeff\u2060",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "e\u0301\u0323\u0302" * 40,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f3fd\U0001f1e8\U0001f1f3",
    "\U00020bb7\U0002a6b2\U00030edd公司",
    "ＡＢＣ（有限）公司＆＜＞＂",
    "Ａ" * 8_000,
    "字" * 8_000,
    "word " * 1_600,
    "NULL",
    "undefined",
    "0",
    "甲\x7f乙",
    "公\u3000司\u00a0有 限",
)
_TAKES_AWAY: Final = (EventDismissed, RecordRevoked, SubjectMerged)
_WORDS: Final = (
    *(Holds.WORDS, Holds.PERSON_NAME, Holds.THING_NAME, Holds.OPERATOR_WORDS),
    Holds.NUMBER,
)


def made_hostile(event: Event, number: int) -> Event:
    """Give an event with such a text in every field that holds words, each field another."""
    words = [name for name, mark in marked(type(event)).items() if holds(mark, *_WORDS)]
    said: dict[str, Any] = {
        name: _text(number + place) for place, name in enumerate(words) if getattr(event, name)
    }
    about = {
        "subject_name": _text(number + 3),
        "document_no": _text(number + 5),
        "legal_basis": _text(number + 7),
    }
    said["envelope"] = msgspec.structs.replace(event.envelope, **about)
    return msgspec.structs.replace(event, **said)


def _text(number: int) -> str:
    return TEXTS[number % len(TEXTS)]


def hostile_life() -> list[Event]:
    """Give a subject's events: one of every type, and one penalty a text, in force and published."""
    each = [event for event in a.one_of_each() if not isinstance(event, _TAKES_AWAY)]
    each += [
        msgspec.structs.replace(
            a.a_penalty(100 + number, "2026-05-01", region="330106"),
            **dict.fromkeys(("violation", "facts", "content", "licence"), "x"),
        )
        for number in range(len(TEXTS))
    ]
    own = [event for event in each if event.envelope.subject_id == a.SUBJECT]
    return [made_hostile(event, number) for number, event in enumerate(own)]
