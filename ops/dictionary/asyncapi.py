"""Every topic and message as AsyncAPI 3.1, made from the table of topics and the schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.wire.schemas import load_schemas
from streams.topics import topic_table

if TYPE_CHECKING:
    from events.wire.schemas import SchemaEntry
    from streams.topics import Topic

_SCHEMA_FORMAT: Final = "application/vnd.apache.avro+json;version=1.9.0"
_KAFKA_BINDING: Final = "0.5.0"
_SUBJECT: Final = "The subject id."
_KEYS: Final = {
    "credit.Duty": "The department's code.",
    "credit.AccessChange": "The key or contract.",
}
_CHECKPOINTS: Final = "checkpoints"
_CHECKPOINT: Final[dict[str, Any]] = {
    "name": "Checkpoint",
    "title": "Checkpoint",
    "summary": "The entry of a cut, an empty line, and its checkpoint (C2SP tlog-checkpoint): first"
    " unsigned, then, the same, signed.",
    "contentType": "text/plain",
    "payload": {"type": "string"},
    "bindings": {
        "kafka": {
            "key": {"type": "string", "description": "The number of the cut."},
            "bindingVersion": _KAFKA_BINDING,
        }
    },
}


_ACCOUNT: Final = {
    "type": "scramSha512",
    "description": "An account, as `credit-ledger access kafka account` makes it; its rights are"
    " those that each channel tells of.",
}


def asyncapi(version: str) -> dict[str, Any]:
    """Give the document; its version is that of the dictionary."""
    topics = topic_table(load_rulebook())
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Credit ledger: topics",
            "version": version,
            "description": "A department reports; the ledger records; anyone entitled may ask, and "
            "anyone may check. Messages are Avro in the Confluent wire format; keys are subject "
            "ids; headers are CloudEvents in binary mode.",
        },
        "defaultContentType": "application/avro",
        "servers": {
            "ledger": {
                "host": "localhost:9092",
                "protocol": "kafka",
                "security": [{"$ref": "#/components/securitySchemes/account"}],
                "bindings": {
                    "kafka": {
                        "schemaRegistryUrl": "http://localhost:8440",
                        "schemaRegistryVendor": "confluent",
                        "bindingVersion": _KAFKA_BINDING,
                    }
                },
            }
        },
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {
            f"{action}.{topic.name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{topic.name}"},
                "x-accounts": sorted(topic.writers if action == "send" else topic.readers),
            }
            for topic in topics
            for action in ("send", "receive")
        },
        "components": {
            "securitySchemes": {"account": _ACCOUNT},
            "messages": {
                entry.name: _message(entry)
                for entry in load_schemas()
                if entry is load_schemas().current(entry.record)
            }
            | {_CHECKPOINT["name"]: _CHECKPOINT},
        },
    }


def topic_kind(topic: str) -> str:
    """Give the kind of a topic from its name: `credit.<platform>.<kind>…`, or `credit.<kind>…`."""
    parts = topic.split(".")
    return parts[2] if parts[1] in set(Platform) else parts[1]


def _channel(topic: Topic) -> dict[str, Any]:
    kind = topic_kind(topic.name)
    entries = {entry.record: entry for entry in load_schemas().for_topic(kind)}
    settings = dict(topic.configuration())
    names = [entry.name for entry in entries.values()]
    writers, readers = ", ".join(topic.writers), ", ".join(topic.readers)
    if kind == _CHECKPOINTS:
        names = [_CHECKPOINT["name"]]
    return {
        "address": topic.name,
        "description": f"Written by {writers}; read by {readers}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": 1,
                "topicConfiguration": {
                    "cleanup.policy": [settings["cleanup.policy"]],
                    "retention.ms": int(settings["retention.ms"]),
                    "retention.bytes": int(settings["retention.bytes"]),
                    "max.message.bytes": int(settings["max.message.bytes"]),
                },
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _message(entry: SchemaEntry) -> dict[str, Any]:
    schema = json.loads(entry.text)
    return {
        "name": entry.record,
        "title": entry.name,
        "summary": schema["doc"],
        "contentType": "application/avro",
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": schema},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": _KEYS.get(entry.record, _SUBJECT)},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "4",
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }
