"""How long tests wait for what must come: far longer than any machine needs, as it costs nothing when all is well.

A deadline here bounds a wait that would have no end, and measures nothing: speed is measured in `bench`.
"""

from __future__ import annotations

from typing import Final

AMPLE_S: Final = 300.0
"""What must come comes within this also on a machine that has twenty other things to do."""

AMPLE_MS: Final = AMPLE_S * 1_000
"""The same, for a browser."""
