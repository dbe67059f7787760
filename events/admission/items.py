"""What items (信息项) are held to: of their category, each once, in the form of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.admission.checks import not_allowed, not_given
from events.rules.code_lists import form_of_kind, is_written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from events.admission.rejection import Reason
    from events.rules.code_lists import ItemSet
    from events.rules.rulebook import Rulebook
    from events.types.declaration import ItemsReported, ItemValue


def check_items(event: ItemsReported, rulebook: Rulebook, day: date) -> Iterator[Reason]:
    """Check items by the set of their category on the day; every reason names the item."""
    category = event.envelope.category
    held = rulebook.items_on(category, day)
    if held is None:
        yield not_allowed("items", category, f"a category that has items on {day}")
        return
    yield from _check_by(held, event.items)


def check_corrected_items(
    category: str, items: Sequence[ItemValue], rulebook: Rulebook
) -> Iterator[Reason]:
    """Check items that are put right by a set that the category has, or had.

    Of what day the record is, and so which set holds for it, is not known here.
    """
    sets = rulebook.item_sets.get(category, ())
    if not sets:
        yield not_allowed("items", category, "a category that has items")
        return
    reasons = [list(_check_by(held, items)) for held in sets]
    if all(reasons):
        yield from reasons[-1]


def _check_by(held: ItemSet, items: Sequence[ItemValue]) -> Iterator[Reason]:
    said: set[str] = set()
    for each in items:
        item = held.item(each.item)
        if item is None:
            codes = ", ".join(known.code for known in held.items)
            yield not_allowed("items", each.item, f"one of the items of {held.category}: {codes}")
        elif each.item in said:
            yield not_allowed(f"items.{each.item}", each.value, "each item once")
        elif not is_written(item.kind, each.value):
            rule = f"{item.name_zh}: {form_of_kind(item.kind)}"
            yield not_allowed(f"items.{each.item}", each.value, rule)
        said.add(each.item)
    for item in held.items:
        if item.required and item.code not in said:
            yield not_given(f"items.{item.code}")
