"""Compares the broker's rules with those declared, and makes them so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from events.errors import LedgerError
from streams.access import Operation, ResourceKind, Rule
from streams.accounts import broker_word
from streams.broker import librdkafka
from streams.publishing.producer import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WITHIN_S: Final = 30.0
_AGAIN_S: Final = 0.05
_AGAIN_MAX_S: Final = 0.8
_TYPES: Final = {
    ResourceKind.TOPIC: ResourceType.TOPIC,
    ResourceKind.GROUP: ResourceType.GROUP,
    ResourceKind.TRANSACTIONS: ResourceType.TRANSACTIONAL_ID,
    ResourceKind.CLUSTER: ResourceType.BROKER,
}
_OPERATIONS: Final = {
    Operation.READ: AclOperation.READ,
    Operation.WRITE: AclOperation.WRITE,
    Operation.DESCRIBE: AclOperation.DESCRIBE,
    Operation.DESCRIBE_CONFIGS: AclOperation.DESCRIBE_CONFIGS,
}
_USER: Final = "User:"
_ANY_HOST: Final = "*"


class RightsError(LedgerError):
    """The broker neither tells nor takes rules."""


class RuleDifference(NamedTuple):
    """What the broker's rules lack, and what is there beside those declared."""

    missing: list[Rule]
    beside: list[AclBinding]


def rule_difference(kafka: str, declared: Sequence[Rule]) -> RuleDifference:
    """Compare the rules of the broker with those declared. Raises `RightsError`."""
    wanted = {_binding(rule): rule for rule in declared}
    try:
        there = _there(_admin(kafka))
    except KafkaException as error:
        raise RightsError(f"the broker does not tell its rules: {broker_word(error)}") from error
    except TimeoutError as error:
        raise RightsError("the broker does not tell its rules: it does not answer") from error
    missing = [rule for binding, rule in wanted.items() if binding not in there]
    return RuleDifference(missing, sorted(there - wanted.keys(), key=told_binding))


def apply(kafka: str, difference: RuleDifference) -> None:
    """Add what is missing, and remove what is beside the declaration; on return it holds.

    Raises `RightsError`.
    """
    admin = _admin(kafka)
    added = set(map(_binding, difference.missing))
    try:
        _add(admin, [*added])
        _remove(admin, difference.beside)
        until, again_s = time.monotonic() + _WITHIN_S, _AGAIN_S
        # The controller has taken them; the broker hears of them once it has made the topics before
        # them, which takes seconds where all are new: to be asked often meanwhile delays it.
        while not added <= (there := _there(admin)) or there & set(difference.beside):
            if time.monotonic() > until:
                raise RightsError(f"rules taken {_WITHIN_S:.0f} s ago are not in force")
            time.sleep(again_s)
            again_s = min(2 * again_s, _AGAIN_MAX_S)
    except KafkaException as error:
        raise RightsError(f"the broker does not take rules: {broker_word(error)}") from error


def _there(admin: AdminClient) -> set[AclBinding]:
    everything = AclBindingFilter(
        ResourceType.ANY,
        None,
        ResourcePatternType.ANY,
        None,
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    return set(admin.describe_acls(everything).result(_WITHIN_S))


def _add(admin: AdminClient, bindings: list[AclBinding]) -> None:
    if bindings:
        for future in admin.create_acls(bindings, request_timeout=_WITHIN_S).values():
            future.result(_WITHIN_S)


def _remove(admin: AdminClient, beside: Iterable[AclBinding]) -> None:
    filters = [
        AclBindingFilter(
            each.restype,
            each.name,
            each.resource_pattern_type,
            each.principal,
            each.host,
            each.operation,
            each.permission_type,
        )
        for each in beside
    ]
    if filters:
        for future in admin.delete_acls(filters, request_timeout=_WITHIN_S).values():
            future.result(_WITHIN_S)


def open_doors(kafka: str) -> list[str]:
    """Name what lets somebody in whom no rule concerns: an open listener, no authorizer."""
    admin = _admin(kafka)
    brokers = admin.list_topics(timeout=_WITHIN_S).brokers
    asked = [ConfigResource(ResourceType.BROKER, str(number)) for number in brokers]
    found: list[str] = []
    for resource, future in admin.describe_configs(asked).items():
        settings = future.result(_WITHIN_S)
        if not settings["authorizer.class.name"].value:
            found.append(f"broker {resource.name}: it has no authorizer.class.name")
        protocols = dict(
            each.split(":") for each in settings["listener.security.protocol.map"].value.split(",")
        )
        for listener in settings["listeners"].value.split(","):
            name = listener.partition("://")[0]
            if not protocols.get(name, name).startswith("SASL"):
                found.append(f"broker {resource.name}: its listener {name} asks for no account")
    return found


def told_binding(binding: AclBinding) -> str:
    """Tell a rule of the broker in one line, as those declared are told."""
    star = "*" if binding.resource_pattern_type == ResourcePatternType.PREFIXED else ""
    verb = "" if binding.permission_type == AclPermissionType.ALLOW else "not "
    host = "" if binding.host == _ANY_HOST else f" from {binding.host}"
    operation = binding.operation.name.title().replace("_", "")
    kind = next((k for k, v in _TYPES.items() if v == binding.restype), binding.restype.name)
    account = binding.principal.removeprefix(_USER)
    return f"{account}: {verb}{operation} {kind} {binding.name}{star}{host}"


def _binding(rule: Rule) -> AclBinding:
    return AclBinding(
        _TYPES[rule.kind],
        rule.name,
        ResourcePatternType.PREFIXED if rule.prefixed else ResourcePatternType.LITERAL,
        f"{_USER}{rule.account}",
        _ANY_HOST,
        _OPERATIONS[rule.operation],
        AclPermissionType.ALLOW,
    )


def _admin(kafka: str) -> AdminClient:
    return AdminClient(librdkafka(kafka, {"logger": Quiet()}))
