"""The verb `webhook`: who is sent warnings as they are told, what failed, and replay by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from events.envelope import CHINA, Platform
from events.rules.versions import Level
from ops.cli.terminal import Json, console, database, division, moment, print_published, unfit
from ops.local.home import keys_folder
from ops.terms.language import spoken
from ops.webhooks.adding import WebhookRefusedError, add_webhook, kept, renew_key
from projections.notices.webhook import WebhookKey
from projections.store.control.webhooks import (
    Webhook,
    delivery_counts,
    end_webhook,
    failing_deliveries,
    replay_deliveries,
    webhooks_kept,
)

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="The id, as `add` told it.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs as the group `webhook`."""
    group = typer.Typer(
        help="Send warnings to those who subscribed (Standard Webhooks), signed, until they are taken.",
        no_args_is_help=True,
    )
    group.command("add")(add_webhook_verb)
    group.command("list")(list_webhooks_verb)
    group.command("failures")(failures_verb)
    group.command("replay")(replay_messages_verb)
    group.command("renew")(renew_webhook_verb)
    group.command("remove")(remove_webhook_verb)
    app.add_typer(group, name="webhook")


def add_webhook_verb(
    url: Annotated[str, typer.Argument(help="Where to post to: https, or http to the loopback.")],
    region: Annotated[
        str | None, typer.Option(help="Only warnings of this division; of a province all.")
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="Only this level and above, and their lifting.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="Id of the key whose right it rests on: it gets what the key may have, and ends with"
            " it. Default: the credit centre's own."
        ),
    ] = None,
    platform: Annotated[Platform, typer.Option(help="Warnings of whom.")] = Platform.ORGANISATION,
    allow_private: Annotated[
        bool,
        typer.Option(
            "--allow-private", help="The receiver may have a private address, as within an office."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Send warnings that are told from now on to a URL. What it signs with is shown this once.

    The `webhooks` role of `worker` delivers: in order per subject, signed by `v1` and `v1a`, each
    with its id; again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h. No redirect is followed;
    410 ends it. Messages name the warning; what it rests on is asked of the service.
    """
    within = None if region is None else division(region)
    with database() as connection:
        hook, signs = add_webhook(
            connection,
            keys_folder(),
            _now(),
            url=url,
            platform=platform,
            key_id=key,
            region=within,
            level=level,
            private=allow_private,
        )
    _show_secret(hook, signs, as_json=as_json)


def list_webhooks_verb(as_json: Json = False) -> None:
    """List webhooks: what each is sent, how much waits, was taken, and failed."""
    with database() as connection:
        told = [
            _told(hook) | delivery_counts(connection, hook.webhook_id)._asdict()
            for hook in webhooks_kept(connection)
        ]
    if as_json:
        print_published(told)
        return
    for each in told:
        why = each["ended_why"]
        ended = _said("webhook_ended", why=_said(f"webhook_{why}")) if why else ""
        line = _said(
            "webhook_line",
            id=each["id"],
            url=each["url"],
            waiting=f"{each['waiting']:,}",
            sent=f"{each['sent']:,}",
            failed=f"{each['failed']:,}",
        )
        console.print(line + ended, markup=False)


def failures_verb(
    webhook: WebhookId,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List messages that were given up, or failed at their last attempt: when, why, how often."""
    with database() as connection:
        kept(connection, webhook)
        found = failing_deliveries(connection, webhook, limit)
    told = [
        {
            "message": each.message_id,
            "subject": each.subject_id,
            "state": each.state,
            "attempts": each.attempts,
            "last_at": None if each.last_at is None else each.last_at.astimezone(CHINA),
            "next_at": each.next_at.astimezone(CHINA) if each.state == "waits" else None,
            "why": each.last_error,
        }
        for each in found
    ]
    if as_json:
        print_published(told)
        return
    if not told:
        console.print(_said("webhook_none_fails"))
    for row in told:
        text = _said(
            "webhook_failure",
            message=row["message"],
            subject=row["subject"],
            attempts=row["attempts"],
            why=row["why"],
        )
        next_at = row["next_at"]
        again = _said("webhook_again", at=f"{next_at:%Y-%m-%d %H:%M}") if next_at else ""
        console.print(text + (again or _said("webhook_given_up")), markup=False)


def replay_messages_verb(
    webhook: WebhookId,
    message: Annotated[
        str | None, typer.Option(help="Only this message, taken or not: the id of its warning.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="All that was written since this moment, taken or not.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Send messages once more, with the bytes and ids they had: by default all that failed."""
    if message is not None and since is not None:
        raise unfit("message_or_since")
    with database() as connection:
        hook = kept(connection, webhook)
        if hook.ended_at is not None:
            raise WebhookRefusedError(f"{webhook} has ended ({hook.ended_why}): add it anew")
        count = replay_deliveries(
            connection,
            webhook,
            _now(),
            message_id=message,
            since=None if since is None else moment(since),
        )
    if as_json:
        print_published({"id": webhook, "replayed": count})
    else:
        console.print(_said("webhook_replayed", count=f"{count:,}"))


def renew_webhook_verb(webhook: WebhookId, as_json: Json = False) -> None:
    """Begin a new secret, shown this once; the one before signs beside it for a day."""
    with database() as connection:
        hook, signs = renew_key(connection, keys_folder(), webhook, _now())
    _show_secret(hook, signs, as_json=as_json)


def remove_webhook_verb(webhook: WebhookId, as_json: Json = False) -> None:
    """Remove a webhook: nothing more is sent to it."""
    with database() as connection:
        kept(connection, webhook)
        end_webhook(connection, webhook, _now(), "removed")
    if as_json:
        print_published({"id": webhook, "removed": True})
    else:
        console.print(_said("webhook_removed", id=webhook))


def _show_secret(hook: Webhook, signs: WebhookKey, *, as_json: bool) -> None:
    told = {**_told(hook), "secret": signs.told_secret, "public_key": signs.told_public}
    if as_json:
        print_published(told)
        return
    console.print(_said("webhook_signs", id=hook.webhook_id))
    console.print(_said("webhook_secret", secret=signs.told_secret), markup=False)
    console.print(_said("webhook_public", key=signs.told_public), markup=False)


def _told(hook: Webhook) -> dict[str, Any]:
    return {
        "id": hook.webhook_id,
        "url": hook.url,
        "platform": hook.platform,
        "region": hook.region,
        "level": hook.level,
        "key": hook.key_id,
        "private": hook.private,
        "since": hook.since.astimezone(CHINA),
        "ended_at": None if hook.ended_at is None else hook.ended_at.astimezone(CHINA),
        "ended_why": hook.ended_why,
    }


def _said(code: str, **values: object) -> str:
    return spoken(code, "given", **values)


def _now() -> datetime:
    return datetime.now(CHINA)
