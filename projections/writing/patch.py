"""What changed of a document, as a JSON Patch (RFC 6902), and a document as patched. Pure.

Structs are compared, not their bytes: what two share is met once and not looked into, so a patch of
a long record costs what changed. Patched, and encoded as canonical JSON, the earlier document is
the later one, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

_canonical: Final = msgspec.json.Encoder(order="sorted")


class PatchUnfitError(LedgerError):
    """The patch is of another document."""


def patch_of(before: Any, after: Any) -> bytes:
    """Give the operations that make one document of another, as JSON."""
    operations: list[dict[str, Any]] = []
    _compare(before, after, "", operations)
    return _canonical.encode(operations)


def patched(document: bytes, patch: bytes) -> bytes:
    """Give the document after the operations, as canonical JSON.

    Knows what `patch_of` makes: `add`, `remove` and `replace` below the whole. Raises
    `PatchUnfitError` where the document has no such place.
    """
    whole = msgspec.json.decode(document)
    for operation in msgspec.json.decode(patch):
        *way, last = [_unescaped(part) for part in operation["path"].split("/")[1:]]
        try:
            place = whole
            for part in way:
                place = place[int(part)] if isinstance(place, list) else place[part]
            _operate(operation["op"], place, last, operation.get("value"))
        except (LookupError, TypeError, ValueError) as error:
            raise PatchUnfitError(operation["path"]) from error
    return _canonical.encode(whole)


def _operate(name: str, place: Any, last: str, value: Any) -> None:
    at: Any = int(last) if isinstance(place, list) else last
    if name == "add" and isinstance(place, list):
        if at > len(place):
            raise IndexError
        place.insert(at, value)
        return
    if name != "add":
        place[at]  # What is removed or replaced is there.
    if name == "remove":
        del place[at]
    else:
        place[at] = value


def _compare(before: Any, after: Any, path: str, operations: list[dict[str, Any]]) -> None:
    if before is after:
        return
    kind = type(after)
    if kind is not type(before):
        operations.append({"op": "replace", "path": path, "value": after})
    elif (fields := getattr(kind, "__struct_fields__", None)) is not None:
        for name in fields:
            _compare(getattr(before, name), getattr(after, name), f"{path}/{name}", operations)
    elif kind is dict:
        _compare_members(before, after, path, operations)
    elif kind is list or kind is tuple:
        _compare_items(before, after, path, operations)
    elif before != after:
        operations.append({"op": "replace", "path": path, "value": after})


def _compare_members(
    before: dict[str, Any], after: dict[str, Any], path: str, operations: list[dict[str, Any]]
) -> None:
    gone = [name for name in before if name not in after]
    operations += [{"op": "remove", "path": f"{path}/{_escaped(name)}"} for name in gone]
    for name, value in after.items():
        place = f"{path}/{_escaped(name)}"
        if name in before:
            _compare(before[name], value, place, operations)
        else:
            operations.append({"op": "add", "path": place, "value": value})


def _compare_items(
    before: Sequence[Any], after: Sequence[Any], path: str, operations: list[dict[str, Any]]
) -> None:
    """Compare lists, whose items are known by what they begin with: the id of a record, a rule.

    Where two items of a list begin alike, or those that stay change places, it is replaced.
    """
    first, shorter = 0, min(len(before), len(after))
    while first < shorter and before[first] is after[first]:
        first += 1
    last = 0
    while last < shorter - first and before[-1 - last] is after[-1 - last]:
        last += 1
    old = before[first : len(before) - last]
    new = after[first : len(after) - last]
    old_places = {_known_by(item): place for place, item in enumerate(old)}
    new_places = {_known_by(item): place for place, item in enumerate(new)}
    stay = [each for each in new_places if each in old_places]
    if (
        len(old_places) < len(old)
        or len(new_places) < len(new)
        or stay != [each for each in old_places if each in new_places]
    ):
        if before != after:
            operations.append({"op": "replace", "path": path, "value": after})
        return
    for each, place in reversed(old_places.items()):
        if each not in new_places:
            operations.append({"op": "remove", "path": f"{path}/{first + place}"})
    for each, place in new_places.items():
        if each not in old_places:
            operations.append({"op": "add", "path": f"{path}/{first + place}", "value": new[place]})
    for each in stay:
        place = new_places[each]
        _compare(old[old_places[each]], new[place], f"{path}/{first + place}", operations)


def _known_by(item: Any) -> Hashable:
    """Give what an item of a list is known by among the others."""
    fields = getattr(type(item), "__struct_fields__", None)
    if fields is not None:
        item = getattr(item, fields[0])
    return item if isinstance(item, str) else repr(item)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
