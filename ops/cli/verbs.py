"""The verbs, each with its module, which is imported only for the verb that is asked for.

Each module has `add_to(app)`, which adds its verbs or its group of verbs with their complete help.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from ops.terms.language import spoken_language

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verb(NamedTuple):
    """Where a verb is found, and what it is for in the overview.

    `as_published`: it shows what was published or handed out, under whichever edition of the rulebook
    that had, and so names none.
    """

    module: str
    summary: str
    as_published: bool = False


VERBS: Final[Mapping[str, Verb]] = {
    "up": Verb("up", "Start Kafka and Postgres; create topics and tables."),
    "down": Verb("up", "Stop the Kafka and Postgres that `up` started; their data stays."),
    "status": Verb("status", "Show broker, database, lag, latency, sweep, parked subjects."),
    "topics": Verb("up", "Create and list topics, and who may write and read them."),
    "worker": Verb("worker", "Admit submissions and project the ledger."),
    "serve": Verb("worker", "Answer queries over HTTP."),
    "submit": Verb("reports.submit", "Report files of records to the ledger."),
    "receipt": Verb("reports.receipt", "Tell what became of each line of a submitted file."),
    "acknowledge": Verb("reports.acknowledge", "Take note of a warning (签收)."),
    "reported": Verb(
        "reports.reported", "Write what a department reported as its sheet.", as_published=True
    ),
    "waits": Verb("reports.waits", "Tell what waits for a department, and by when (待办)."),
    "correct": Verb("reports.amend", "Correct records by subject and document number."),
    "revoke": Verb("reports.amend", "Revoke records by subject and document number."),
    "generate": Verb("generate", "Append made-up records, for trials and benchmarks."),
    "profile": Verb("subject.profile", "Show the credit profile (信用档案) of a subject."),
    "hint": Verb("subject.profile", "Show the composite hint (综合信誉度提示) of a subject."),
    "history": Verb("subject.history", "Show every event of a subject, and what each did."),
    "state": Verb("subject.state", "Reconstruct a subject's state as of a day, as known then."),
    "report": Verb("subject.report", "Make a report of a subject that proves itself."),
    "verify": Verb("subject.report", "Verify reports, offline.", as_published=True),
    "prove": Verb(
        "evidence.prove", "Prove that an event stands in the signed log.", as_published=True
    ),
    "consistency": Verb(
        "evidence.prove", "Prove that one cut of the log begins another.", as_published=True
    ),
    "compare": Verb("evidence.compare", "Compare two states, and what made each field another."),
    "audit": Verb("evidence.audit", "Derive everything anew from Kafka, and name what differs."),
    "witness": Verb(
        "evidence.witness", "Cosign logs, each only if it goes on from before.", as_published=True
    ),
    "export": Verb(
        "evidence.copies", "Copy the ledger into files; write what is public.", as_published=True
    ),
    "restore": Verb(
        "evidence.copies", "Fill an empty ledger topic from a copy.", as_published=True
    ),
    "keys": Verb(
        "evidence.keys", "Make and show signing keys; show whom one trusts.", as_published=True
    ),
    "cases": Verb("subject.profile", "Show a subject's court cases, stage by stage."),
    "find": Verb("subject.find", "Find subjects by any name, code or number (查找)."),
    "findings": Verb("subject.find", "Tell what was found in a product or a batch."),
    "firms": Verb("subject.find", "List the firms of a region or an industry."),
    "reviews": Verb("subject.find", "List warnings to be reviewed by a day (观察名单)."),
    "evaluation": Verb("evaluation", "Freeze, show and verify the yearly evaluation (年度评价)."),
    "region": Verb("evaluation", "Show the credit of a region (区域信用评价) now."),
    "watch": Verb("watch", "Follow warnings, changes of lists, or profiles.", as_published=True),
    "webhook": Verb("access.webhook", "Send warnings to those who subscribed.", as_published=True),
    "parked": Verb("parked", "Look after subjects that wait for an operator."),
    "check": Verb("check", "Compare one subject, or one partition, with Kafka."),
    "replay": Verb("replay", "Fold the whole ledger anew, compare, and promote."),
    "access": Verb("access.group", "Give, show and take away access rights."),
    "catalogue": Verb(
        "catalogue.verbs", "Show what may be recorded, by whom; export the dictionary."
    ),
    "quality": Verb("quality", "Assess how departments report (部门报送考核)."),
    "analysis": Verb("analysis", "Count warnings over time; nobody is named."),
    "inquiries": Verb("access.inquiries", "Tell who asked of a subject (查询留痕)."),
    "erase": Verb("persons.erase", "Erase what is kept of a person (删除), by two persons."),
    "vault": Verb("persons.vault", "Look after the keys of persons: copies, a new master key."),
    "scan": Verb("persons.scan", "Look for plaintext about persons where none may be."),
    "bench": Verb("bench.group", "Measure on a stack of its own."),
    "demo": Verb("worker", "Play the whole on real records."),
}


class _Loading(MutableMapping[str, Any]):
    """The commands by name; one is imported when it is looked up, and not before."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = loaded(name, VERBS[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name}: a verb is never taken away")

    def __iter__(self) -> Iterator[str]:
        return iter(VERBS)

    def __len__(self) -> int:
        return len(VERBS)

    def __contains__(self, name: object) -> bool:
        return name in VERBS


@contextmanager
def importing() -> Iterator[None]:
    """Import without looking for garbage, which there is none of: a sixth of the time of a start.

    What was imported stays, so it is not looked through later, either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@cache
def loaded(name: str, verb: Verb) -> Any:
    """Import a verb's module, and make the command that it adds under this name, once a process."""
    holder = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="rich")
    with importing():
        import_module(f"ops.cli.{verb.module}").add_to(holder)
    command = typer.main.get_group(holder).commands[name]
    from ops.cli.access.door import showing_keys  # noqa: PLC0415 - not for the overview
    from ops.cli.codes import taking_names  # noqa: PLC0415 - likewise

    command = _speaking(taking_names(showing_keys(command)))
    if verb.as_published:
        return command
    from ops.cli.terminal import naming_edition  # noqa: PLC0415 - not for the overview

    return naming_edition(command)


def _speaking(command: Any) -> Any:
    """Give a command, or a group with all of its commands, whose help speaks the language of the hour."""
    for inner in getattr(command, "commands", {}).values():
        _speaking(inner)
    told = command.format_help

    def format_help(context: Any, formatter: Any) -> None:
        with _spoken(command, context):
            told(context, formatter)

    command.format_help = format_help
    command.get_help_option = _unasked(command.get_help_option)
    return command


def _unasked(helping: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Give what gives the option `--help`, which then is False where nobody asked.

    Left at None it is read by pydantic, which a verb of flags alone needs for nothing else: its import
    is a tenth of the time of an answer.
    """

    def option(context: Any) -> Any:
        found = helping(context)
        if found is not None:
            found.default = False
        return found

    return option


def _spoken(command: Any, context: Any) -> AbstractContextManager[None]:
    from ops.told.help import telling  # noqa: PLC0415 - draws in Rich; only help needs it

    return telling(command, context, spoken_language())


class Verbs(TyperGroup):
    """The root of the command line: it lists verbs by their summaries, and loads the one asked for."""

    def __init__(self, **attributes: Any) -> None:
        """Take what Typer gives, and the verbs."""
        super().__init__(**attributes)
        self.commands = _Loading()
        self._overview: dict[str, TyperCommand] = {}

    def get_help_option(self, ctx: Any) -> Any:
        """Give the option `--help`."""
        return _unasked(super().get_help_option)(ctx)

    def list_commands(self, ctx: Any) -> list[str]:
        """Give the names, in the order of the table."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give a verb; in the overview, only its name and summary."""
        del ctx
        if self._overview:
            return self._overview[cmd_name]
        return self.commands[cmd_name] if cmd_name in VERBS else None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the overview, without importing any verb."""
        shown = VERBS.items()
        self._overview = {name: TyperCommand(name=name, help=verb.summary) for name, verb in shown}
        try:
            with _spoken(self, ctx):
                super().format_help(ctx, formatter)
        finally:
            self._overview = {}
