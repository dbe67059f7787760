"""Rows of how the service does, and of its own description."""

from __future__ import annotations

from typing import Final

from events.rules.access import Gives
from projections.http import openapi
from projections.http.asking.asked import Face, Row
from projections.http.operation import health
from projections.http.operation.metrics import metrics

OPERATION_ROWS: Final = (
    Row(
        path="/healthz",
        answer=health.healthz,
        gives=Gives.DOCUMENTS,
        summary="Whether the service runs.",
    ),
    Row(
        path="/readyz",
        answer=health.readyz,
        gives=Gives.OPERATION,
        summary="Whether the database answers and the read models are there.",
    ),
    Row(
        path="/latencyz",
        answer=health.latencyz,
        gives=Gives.OPERATION,
        summary="Latency to the read models, and of admission by department; 503 while missed.",
    ),
    Row(path="/metrics", answer=metrics, gives=Gives.OPERATION, summary="Prometheus metrics."),
    Row(
        path="/openapi.json",
        answer=openapi.document,
        gives=Gives.DOCUMENTS,
        summary="This description, OpenAPI 3.1.",
    ),
    Row(
        path="/docs",
        answer=openapi.page,
        gives=Gives.DOCUMENTS,
        summary="The same for people.",
        face=Face.PAGE,
    ),
)
