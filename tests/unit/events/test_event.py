"""Many threads of a fresh process read events at once: none finds a type half built."""

import subprocess
import sys

_READ = """
import sys, threading
from events.event import event_from_record, event_to_record, event_type
from tests.support.reported import REPORTED

sys.setswitchinterval(1e-6)
records = [(f"credit.{event_type(event)}", event_to_record(event)) for event in REPORTED]
at_once = threading.Barrier(8)

def read():
    at_once.wait()
    for name, record in records:
        event_from_record(name, record)

threads = [threading.Thread(target=read) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_types_are_ready_before_threads_read_with_them() -> None:
    # Of processes that left it to the first reader three of eight died.
    ended = [subprocess.run([sys.executable, "-c", _READ], check=False) for _ in range(4)]
    assert [each.returncode for each in ended] == [0] * 4
