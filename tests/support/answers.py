"""What a command answers in JSON, without the edition that each answer names."""

from __future__ import annotations

import json
from typing import Any

from events.rules.edition import edition


def answer_of(printed: str) -> Any:
    """Give the answer in what a verb printed; a list of answers where it is one."""
    found = json.loads(printed)
    assert found.pop("edition") == edition()
    return found["items"] if found.keys() == {"items"} else found
