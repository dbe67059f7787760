"""The read part of the Schema Registry REST API, answered from the committed list of schemas.

Kafka clients, Connect and console tools decode our topics through it. It never takes a schema.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response
from starlette.routing import Route

from events.errors import LedgerError
from events.persons import may_hold_identity_number
from events.rules.access import Gives
from events.wire.compatibility import full_transitive
from projections.http.asking.asked import Face, Row
from projections.http.asking.bodies import Bodies
from projections.http.errors import NOT_SHOWN, BadRequestError
from projections.http.registry.subjects import SchemaInvalidError, SchemaSubjects, Shape, shape_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request

    from events.wire.schemas import SchemaEntry, SchemaList

    Handler = Callable[[Any, Request], Awaitable[Any]]

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"

_BODY_BYTES_MAX = 256 * 1024
_NUMBER = re.compile(r"[0-9]{1,10}")
_COMPATIBILITY = {"compatibilityLevel": "FULL_TRANSITIVE"}
_MODE = {"mode": "READONLY"}
_READ_ONLY: Final = (422, 42205, "The registry is in read-only mode")
_IDENTITY: dict[str, Any] = {"scope": {"path": [], "clusters": {}}, "id": "credit-ledger"}


class RegistryError(LedgerError):
    """An answer other than 200, as the real registry words it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        """Take the HTTP status, the registry's own error code and its message."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Registry:
    """The handlers; each gives what is to be encoded as JSON, or raises RegistryError."""

    def __init__(self, subjects: SchemaSubjects, schemas: SchemaList) -> None:
        """Answer of these schemas, listed under these subjects."""
        self._subjects = subjects
        self._bodies = Bodies()
        self._by_id = {entry.id: entry for entry in schemas}

    async def subjects(self, _: Request) -> Any:
        """Give every subject."""
        return self._subjects.listed

    async def versions(self, request: Request) -> Any:
        """Give the numbers of a subject's versions."""
        return list(range(1, len(self._entries(request)) + 1))

    async def version(self, request: Request) -> Any:
        """Give a version of a subject."""
        return _described(request.path_params["subject"], *self._numbered(request))

    async def version_schema(self, request: Request) -> Any:
        """Give the bare schema of a version."""
        return json.loads(self._numbered(request)[1].text)

    async def referenced_by(self, request: Request) -> Any:
        """Give who refers to a version: nobody."""
        self._numbered(request)
        return []

    async def all_schemas(self, _: Request) -> Any:
        """Give every version of every subject."""
        return [_described(*each) for each in self._subjects.versions()]

    async def schema(self, request: Request) -> Any:
        """Give a schema by its id."""
        return {"schema": self._identified(request).text}

    async def schema_text(self, request: Request) -> Any:
        """Give the bare schema of an id."""
        return json.loads(self._identified(request).text)

    async def schema_versions(self, request: Request) -> Any:
        """Give the versions that an id stands under."""
        wanted = self._identified(request)
        return [
            {"subject": subject, "version": number}
            for subject, number, entry in self._subjects.versions()
            if entry is wanted
        ]

    async def schema_subjects(self, request: Request) -> Any:
        """Give the subjects that an id stands under."""
        return [each["subject"] for each in await self.schema_versions(request)]

    async def subject_config(self, request: Request) -> Any:
        """Give the compatibility of a subject: the common one."""
        _ask_for_global(request, 40408, "compatibility")
        return _COMPATIBILITY

    async def subject_mode(self, request: Request) -> Any:
        """Give the mode of a subject: the common one."""
        _ask_for_global(request, 40409, "mode")
        return _MODE

    async def look_up(self, request: Request) -> Any:
        """Find the version that an equal schema has."""
        sent, entries = await _sent_shape(request, self._bodies), self._entries(request)
        found = self._subjects.recognise(sent, entries)
        if found is None:
            raise RegistryError(404, 40403, "Schema not found")
        return _described(request.path_params["subject"], entries.index(found) + 1, found)

    async def register(self, request: Request) -> Any:
        """Give the id of an equal schema; refuse another."""
        sent = await _sent_shape(request, self._bodies)
        entries = self._subjects.find(request.path_params["subject"])
        found = self._subjects.recognise(sent, entries)
        if found is None:
            raise RegistryError(*_READ_ONLY)
        return {"id": found.id}

    async def compatible(self, request: Request) -> Any:
        """Say whether a schema goes with those published."""
        sent = await _sent_shape(request, self._bodies)
        if "version" in request.path_params:
            against = [self._numbered(request)[1]]
        else:
            # A topic's subject lists several record types: only those of the same name count.
            against = [each for each in self._entries(request) if each.record == sent.record]
        conflicts = [
            conflict.incompatibility.message
            for entry in against
            for conflict in full_transitive([self._subjects.shape(entry).schema, sent.schema])
        ]
        answer: dict[str, Any] = {"is_compatible": not conflicts}
        if request.query_params.get("verbose") == "true":
            answer["messages"] = conflicts
        return answer

    def _entries(self, request: Request) -> tuple[SchemaEntry, ...]:
        subject = request.path_params["subject"]
        if entries := self._subjects.find(subject):
            return entries
        raise RegistryError(404, 40401, f"Subject '{subject}' not found.")

    def _numbered(self, request: Request) -> tuple[int, SchemaEntry]:
        entries = self._entries(request)
        version = request.path_params["version"]
        if version in {"latest", "-1"}:
            return len(entries), entries[-1]
        if not _NUMBER.fullmatch(version) or int(version) == 0:
            message = f"The specified version '{version}' is not a valid version id."
            raise RegistryError(422, 42202, message)
        if int(version) > len(entries):
            raise RegistryError(404, 40402, f"Version {version} not found.")
        return int(version), entries[int(version) - 1]

    def _identified(self, request: Request) -> SchemaEntry:
        wanted = request.path_params["id"]
        entry = self._by_id.get(int(wanted)) if _NUMBER.fullmatch(wanted) else None
        if entry is None:
            raise RegistryError(404, 40403, f"Schema {wanted} not found")
        return entry


def _described(subject: str, version: int, entry: SchemaEntry) -> dict[str, Any]:
    return {"subject": subject, "version": version, "id": entry.id, "schema": entry.text}


def _ask_for_global(request: Request, code: int, what: str) -> None:
    """No subject has a setting of its own; the common one is given only to who asks for it."""
    if request.query_params.get("defaultToGlobal", "").lower() != "true":
        subject = request.path_params["subject"]
        message = f"Subject '{subject}' does not have subject-level {what} configured"
        raise RegistryError(404, code, message)


async def _sent_shape(request: Request, bodies: Bodies) -> Shape:
    try:
        async with bodies.of(request, _BODY_BYTES_MAX) as body:
            sent = json.loads(body)
        kind, text = sent.get("schemaType", "AVRO"), sent["schema"]
    except BadRequestError:
        raise SchemaInvalidError("Invalid schema: too long") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SchemaInvalidError("Invalid schema: the body has none") from error
    if kind != "AVRO":
        raise SchemaInvalidError("Invalid schema: only AVRO is published here")
    return shape_of(text)


async def _refuse(_: Registry, __: Request) -> Any:
    raise RegistryError(*_READ_ONLY)


async def _give(content: Any, _: Registry, __: Request) -> Any:
    return content


def _row(path: str, answer: Handler, summary: str, *methods: str) -> Row:
    methods = methods or ("GET",)
    return Row(
        path=path,
        answer=answer,
        gives=Gives.DOCUMENTS,
        summary=summary,
        methods=methods,
        face=Face.REGISTRY,
    )


_VERSION: Final = "/subjects/{subject}/versions/{version}"

REGISTRY_ROWS: Final = (
    _row("/", partial(_give, {}), "The front of the registry."),
    _row("/subjects", Registry.subjects, "Every subject of the registry."),
    _row("/subjects/{subject}/versions", Registry.versions, "Versions of a subject."),
    _row(_VERSION, Registry.version, "A version of a subject, by its number or latest."),
    _row(f"{_VERSION}/schema", Registry.version_schema, "The bare schema of a version."),
    _row(f"{_VERSION}/referencedby", Registry.referenced_by, "Who refers to it: nobody."),
    _row("/schemas", Registry.all_schemas, "Every version of every subject."),
    _row("/schemas/types", partial(_give, ["AVRO"]), "Types of schema."),
    _row("/schemas/ids/{id}", Registry.schema, "A schema by its id."),
    _row("/schemas/ids/{id}/schema", Registry.schema_text, "The bare schema of an id."),
    _row("/schemas/ids/{id}/versions", Registry.schema_versions, "Where an id stands."),
    _row("/schemas/ids/{id}/subjects", Registry.schema_subjects, "Subjects that have an id."),
    _row("/contexts", partial(_give, ["."]), "Contexts: the one."),
    _row("/config", partial(_give, _COMPATIBILITY), "The compatibility of all."),
    _row("/config/{subject}", Registry.subject_config, "The compatibility of a subject."),
    _row("/mode", partial(_give, _MODE), "The mode: read only."),
    _row("/mode/{subject}", Registry.subject_mode, "The mode of a subject."),
    _row("/associations/resources/{namespace}/{name}", partial(_give, []), "Associations: none."),
    _row("/v1/metadata/id", partial(_give, _IDENTITY), "What cluster this is."),
    _row("/subjects/{subject}", Registry.look_up, "Find an equal schema.", "POST"),
    _row("/subjects/{subject}/versions", Registry.register, "The id of an equal schema.", "POST"),
    *(
        _row(path, Registry.compatible, "Whether a schema goes with those published.", "POST")
        for path in (
            "/compatibility/subjects/{subject}/versions",
            "/compatibility/subjects/{subject}/versions/{version}",
        )
    ),
    *(
        _row(path, _refuse, "Refused: a schema is published by a commit.", "PUT", "DELETE")
        for path in (
            *("/subjects/{rest:path}", "/config", "/config/{rest:path}"),
            *("/mode", "/mode/{rest:path}", "/associations/{rest:path}"),
        )
    ),
)


def registry_routes(schemas: SchemaList, *, open_topics: Sequence[str] = ()) -> list[Route]:
    """Give the routes of the registry's face, to be mounted wherever clients are pointed to.

    `open_topics` are the submission and warning topics to list under `/subjects`; such a subject
    is answered whether or not it is listed. The first route is `GET /`: in an application with
    a front page of its own, mount these under a prefix.
    """
    registry = Registry(SchemaSubjects(schemas, open_topics), schemas)
    return [
        Route(row.path, partial(_answer, registry, row), methods=row.methods)
        for row in REGISTRY_ROWS
    ]


async def _answer(registry: Registry, row: Row, request: Request) -> Response:
    request.scope["row"] = row
    try:
        status, content = 200, await row.answer(registry, request)
    except RegistryError as error:
        status, content = error.status, refusal(error.code, error.message)
    except (SchemaInvalidError, RecursionError) as error:
        status, content = 422, refusal(42201, str(error))
    return registry_answer(content, status)


def refusal(code: int, message: str) -> dict[str, Any]:
    """Give the body of a refusal, as the real registry words it; no number of a person in it."""
    shown = NOT_SHOWN if may_hold_identity_number(message) else message
    return {"error_code": code, "message": shown}


def registry_answer(content: Any, status: int) -> Response:
    """Answer as the registry does."""
    return Response(json.dumps(content, ensure_ascii=False).encode(), status, None, MEDIA_TYPE)
