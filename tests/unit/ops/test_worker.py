"""What runs beside the consumers holds nothing of theirs."""

from __future__ import annotations

import subprocess
import sys


def test_what_takes_nothing_from_the_broker_imports_no_faust() -> None:
    roles = "ops.worker, ops.webhooks.running, ops.erasing.due, ops.evidence.signing"
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, {roles}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert "ops.worker" in said
    assert {"faust", "mode"}.isdisjoint(said)
