"""A made-up ledger in the shape of real ones, for tests, the demo and the benchmarks.

It reads no clock and keeps no events: the same plan gives the same bytes on every machine.
"""

from ops.generator.plan import GeneratorPlan, PlanImpossibleError
from ops.generator.stream import (
    encoded,
    extra_subject,
    generate,
    generate_encoded,
    subject_with_history,
)
from ops.generator.subjects import subject_id_at

__all__ = [
    "GeneratorPlan",
    "PlanImpossibleError",
    "encoded",
    "extra_subject",
    "generate",
    "generate_encoded",
    "subject_id_at",
    "subject_with_history",
]
