"""`bench submit`: a file of the official form handed in, and how soon a command answers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from events.rules.rulebook import load_rulebook
from ops.generator.codes import synthetic_credit_codes
from ops.submission.defaults import defaults_for
from ops.submission.files.template import as_csv
from ops.submission.window import HandedIn, hand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.local.stack import Stack

_TIMES: Final = 5
_ASKED: Final = (("--help",), ("status",))


def measure_submit(stack: Stack, lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Check, ask what stands, send and give a receipt, until the broker has every line."""
    rulebook = load_rulebook()
    category = rulebook.category_of("penalty.market")
    if category is None:
        raise AssertionError("the catalogue has penalties of market regulation")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "penalties.csv"
        path.write_bytes(as_csv(category, penalty_lines(lines)))
        what = HandedIn(
            paths=[path],
            defaults=defaults_for(rulebook, department="market-zj", category=category.code),
            rulebook=rulebook,
            now=datetime.now(UTC),
        )
        say(f"handing in {lines:,} lines")
        began = time.perf_counter()
        report = hand_in(what, stack)
        seconds = time.perf_counter() - began
    return {
        "lines": lines,
        "sent": report.sent,
        "seconds": round(seconds, 2),
        "lines_per_s": round(report.sent / seconds),
        "command_ms": {" ".join(verb): _command_ms(verb) for verb in _ASKED},
        "method": "one file of the official form of penalties as CSV, every line checked as "
        "admission does, asked for, acknowledged by the broker, the receipt kept; commands: "
        f"the median of {_TIMES} starts of a process",
    }


def penalty_lines(count: int, first: int = 1) -> Iterator[dict[str, str]]:
    """Give lines of the official form of penalties, numbered from `first` on."""
    codes = list(synthetic_credit_codes(1_000))
    for number in range(first - 1, first - 1 + count):
        yield {
            "subject_name": f"样例{number}号有限公司",
            "subject_class": "法人及非法人组织",
            "subject_id": codes[number % len(codes)],
            "document_no": f"样市监罚〔2025〕{number + 1}号",
            "violation": "经营标签不符合规定的食品",
            "facts": "当事人销售的预包装食品，标签未标明生产日期",
            "legal_basis": "《中华人民共和国食品安全法》第一百二十五条第一款第二项",
            "kinds": "罚款、没收违法所得",
            "content": "没收违法所得，并处罚款",
            "fine_fen": f"{1 + number % 90}.5",
            "confiscated_fen": "0.032",
            "occurred_on": f"2025-{1 + number % 12:02d}-15",
            "effective_until": "长期",
            "authority": "样例市场监督管理局",
        }


def _command_ms(verb: tuple[str, ...]) -> int:
    found = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "ops", *verb],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        found.append((time.perf_counter() - began) * 1000)
    return round(median(found))
