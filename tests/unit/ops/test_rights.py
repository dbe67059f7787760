"""Rules of a broker that does not answer."""

import socket

import pytest

from ops import rights
from ops.rights import RightsError, rule_difference


def test_a_broker_that_does_not_answer_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens and is silent, as one that is paused: no client of it fails by itself."""
    monkeypatch.setattr(rights, "_WITHIN_S", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(RightsError, match="does not answer"),
    ):
        rule_difference(f"127.0.0.1:{silent.getsockname()[1]}", [])
