"""How much is collected at once decides how long nothing is answered."""

from __future__ import annotations

import json
import subprocess
import sys

LEFT = 60_000
_PROGRAM = """
import gc, json, sys
from streams.transport import collector

at_once = []
gc.callbacks.append(lambda phase, info: phase == "stop" and at_once.append(info["collected"]))
getattr(collector, sys.argv[1])()
for _ in range(int(sys.argv[2])):
    left = []
    left.append(left)
print(json.dumps(at_once))
"""


def collected_at_once(setting: str) -> list[int]:
    program = [sys.executable, "-c", _PROGRAM, setting, str(LEFT)]
    said = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    return [int(each) for each in json.loads(said)]


def test_who_answers_collects_a_little_at_once_and_leaves_nothing_lying() -> None:
    at_once = collected_at_once("steady_collector")
    assert max(at_once) < 10_000
    assert sum(at_once) > LEFT - 10_000


def test_who_works_in_batches_is_not_held_up_at_all_by_as_much() -> None:
    assert collected_at_once("calm_collector") == []
