"""What is sent to webhooks, as the description of the service tells of it (OpenAPI)."""

from __future__ import annotations

from typing import Any, Final

from events.rules.versions import Level

_HEADERS: Final = {
    "webhook-id": "The warning's id: the same in every attempt, and in a replay.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "Signatures of `id.timestamp.body`, parted by blanks: `v1` by the secret, "
    "`v1a` by the key pair; for a day after a renewal by both of each.",
}
_TEXT: Final = {"type": "string"}
MESSAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"type": "string", "description": "credit.warning. and what befell it."},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {
            "type": "object",
            "required": ["warning_id", "subject", "level", "url"],
            "properties": {
                "warning_id": _TEXT,
                "subject": _TEXT,
                "level": {"enum": [*(level.value for level in Level), None]},
                "url": {"type": "string", "description": "Where it is asked for, of this service."},
            },
        },
    },
}
WEBHOOKS: Final[dict[str, Any]] = {
    "warning": {
        "post": {
            "summary": "A warning was told: sent to whoever `credit-ledger webhook add` added.",
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": True,
                    "description": text,
                    "schema": _TEXT,
                }
                for name, text in _HEADERS.items()
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": MESSAGE}},
            },
            "responses": {
                "2XX": {"description": "It was taken."},
                "410": {"description": "Nothing more is to be sent: the webhook ends."},
                "default": {"description": "It is sent again, as it was; no redirect is followed."},
            },
        }
    }
}
