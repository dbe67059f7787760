"""The consumers of librdkafka that a module opens while a test runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer

if TYPE_CHECKING:
    from types import ModuleType

    import pytest


def consumers_of(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Consumer]:
    """Keep the consumers that a module opens from now on, in their order."""
    found: list[Consumer] = []

    def counted(settings: dict[str, Any]) -> Consumer:
        found.append(Consumer(settings))
        return found[-1]

    monkeypatch.setattr(module, "Consumer", counted)
    return found
