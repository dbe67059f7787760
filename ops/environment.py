"""The composition root: where broker and database are, and everything made from that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError
from ops.local.stack import Stack, current, default_home, kafka_address, postgres_address, up
from ops.terms.language import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

_AWAIT_EVERY_S: Final = 0.5


class NotRunningError(LedgerError):
    """Kafka or Postgres is not running: start both with `credit-ledger up`."""

    exit_code = 3


def _logs_set_up() -> None:
    """Let what is done with servers log as `ops.logs` says; what speaks to none logs nothing.

    Whoever works with servers learns here where they are, or has them prepared.
    """
    from ops.logs import configure_logs  # noqa: PLC0415 - costs a verb that logs nothing its time

    configure_logs()


def running_stack(*, logs: bool = True) -> Stack:
    """Give where broker and database answer, to who logs or does not. Raises `NotRunningError`."""
    if logs:
        _logs_set_up()
    stack = current(default_home())
    if stack is None:
        raise NotRunningError
    return stack


def running_kafka() -> str:
    """Give where the broker answers, wherever the database is. Raises `NotRunningError`."""
    _logs_set_up()
    found = kafka_address(default_home())
    if found is None:
        raise NotRunningError(spoken("kafka_away", "start"))
    return found


def kafka_or_none() -> str | None:
    """Give where the broker answers; None where none does."""
    _logs_set_up()
    return kafka_address(default_home())


def running_postgres() -> str:
    """Give where the database answers, wherever the broker is. Raises `NotRunningError`."""
    found = postgres_address(default_home())
    if found is None:
        raise NotRunningError(spoken("postgres_away", "start"))
    return found


def awaited_stack(say: Callable[[str], None], wait: Callable[[float], None] = time.sleep) -> Stack:
    """Give where broker and database answer, once both do: whoever works waits for them."""
    _logs_set_up()
    has_said = False
    while (stack := current(default_home())) is None:
        if not has_said:
            say(spoken("await_stack", "start"))
            has_said = True
        wait(_AWAIT_EVERY_S)
    return stack


def awaited_kafka(say: Callable[[str], None], wait: Callable[[float], None] = time.sleep) -> str:
    """Give where the broker answers, once it does, wherever the database is."""
    _logs_set_up()
    has_said = False
    while (found := kafka_address(default_home())) is None:
        if not has_said:
            say(spoken("await_kafka", "start"))
            has_said = True
        wait(_AWAIT_EVERY_S)
    return found


def prepared_stack(say: Callable[[str], None], partitions: int) -> Stack:
    """Start what is not running, and create the topics and tables that are missing."""
    stack = up(default_home(), say=say)
    prepare(stack, partitions)
    return stack


def prepare(stack: Stack, partitions: int) -> list[str]:
    """Create the topics, rights and tables that are missing; give the topics created.

    Rights are set where the accounts are ours (`CREDIT_LEDGER_KAFKA` is a folder of them); of
    other brokers `access kafka apply` sets them.
    """
    _logs_set_up()
    # Only `up` and `topics` need these, and every verb needs where the servers are.
    import psycopg  # noqa: PLC0415 - see above

    from events.rules.rulebook import load_rulebook  # noqa: PLC0415 - see above
    from ops.rights import apply, rule_difference  # noqa: PLC0415 - see above
    from ops.topics import create_topics  # noqa: PLC0415 - see above
    from projections.store.database import create_control  # noqa: PLC0415 - see above
    from streams.access import rules  # noqa: PLC0415 - see above
    from streams.broker import are_ours  # noqa: PLC0415 - see above
    from streams.topics import topic_table  # noqa: PLC0415 - see above

    table = topic_table(load_rulebook(), partitions)
    created = create_topics(stack.kafka, table)
    # Before the rights, for which the broker is ready only once it has made the topics.
    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        create_control(connection, partitions)
    if are_ours(stack.kafka):
        difference = rule_difference(stack.kafka, rules(table))
        apply(stack.kafka, difference._replace(beside=[]))
    return created
