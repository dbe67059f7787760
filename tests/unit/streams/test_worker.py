"""Which topics the agents of a worker read; no broker is asked for it."""

import pytest

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic
from projections.store.admission import is_submissions
from streams.settings import Settings
from streams.topics import topic_table
from streams.worker import create_worker

NOBODY = Settings(kafka="127.0.0.1:1", postgres="postgresql://127.0.0.1:1/none")


@pytest.fixture
def admitted() -> set[str]:
    app = create_worker("admission", 0, NOBODY)
    return {name.removeprefix("batches.") for name in app.agents}


def test_admission_admits_submissions_and_never_the_ledger(admitted: set[str]) -> None:
    """It may read the ledger, to look at it; to admit that would report every event anew."""
    assert admitted == {t.name for t in topic_table(load_rulebook()) if is_submissions(t.name)}
    assert not admitted & {ledger_topic(platform) for platform in Platform}
