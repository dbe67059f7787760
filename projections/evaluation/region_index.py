"""Evaluation of regional credit (区域信用评价): an index of a region by itself, and a symbol. Pure.

The credit environment (信用环境) is read from what a region's government reports, the credit
subjects (信用主体) from that and from how many of them have which grade. A component of which
nothing is known has no index and weighs nothing. No region is compared with another.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from events.rules.dated import version_on
from projections.conclusions.score import grade_at, points_on_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from events.rules.code_lists import Indicator
    from events.rules.evaluation import RegionComponent, RegionModel, RegionVersion, Share

BEST: Final = 1000
"""The index of a region where everything is as good as the line knows."""


class ComponentIndex(msgspec.Struct, frozen=True, gc=False):
    """The index of a component from 0 to 1000, None where nothing is known of it.

    `read` names what was read, each with its own index, out of how many.
    """

    component: str
    group: str
    index: int | None
    weight: int
    read: tuple[tuple[str, int], ...]
    of: int


class RegionIndex(msgspec.Struct, frozen=True, gc=False):
    """The index of a region, and of its environment and its subjects; None is unknown.

    `known` of all figures (`of`) were there to read. Where they are not `enough`, by the rule's
    share, there is no index and no symbol, as the few would pass for the whole; nor of a group of
    which that holds.
    """

    model: str
    model_from: date
    index: int | None
    symbol: str | None
    groups: dict[str, int | None]
    components: tuple[ComponentIndex, ...]
    known: int
    of: int
    enough: bool


def region_index(
    model: RegionModel,
    on: date,
    readings: Mapping[str, int],
    tallies: Mapping[str, int],
    lines: Mapping[str, Indicator],
) -> RegionIndex | None:
    """Evaluate a region by the version of a day; None before the first.

    `readings` are the newest values by indicator code, `tallies` counts of subjects by name, such
    as `enterprise.listed`: a count that is missing is unknown, not 0. Everything rounds down.
    """
    version = version_on(model.in_force, on)
    if version is None:
        return None
    components = tuple(
        _component(component, readings, tallies, lines) for component in version.components
    )
    index = _index(version, components)
    groups = {
        group: _index(version, [each for each in components if each.group == group])
        for group in dict.fromkeys(each.group for each in components)
    }
    return RegionIndex(
        model.id,
        version.start,
        index,
        _symbol(version, index),
        groups,
        components,
        _known(components),
        _of(components),
        _enough(version, components),
    )


def _known(components: Iterable[ComponentIndex]) -> int:
    return sum(len(each.read) for each in components)


def _of(components: Iterable[ComponentIndex]) -> int:
    return sum(each.of for each in components)


def _enough(version: RegionVersion, components: Sequence[ComponentIndex]) -> bool:
    return _known(components) * 1000 >= version.known_per_mille_min * _of(components)


def _index(version: RegionVersion, components: Sequence[ComponentIndex]) -> int | None:
    return _mean(components) if _enough(version, components) else None


def _component(
    component: RegionComponent,
    readings: Mapping[str, int],
    tallies: Mapping[str, int],
    lines: Mapping[str, Indicator],
) -> ComponentIndex:
    read: list[tuple[str, int]] = []
    for code in component.reported:
        if code in readings:
            line = lines[code]
            read.append((code, points_on_line(readings[code], line.worst, line.best, BEST)))
    for share in component.shares:
        index = _share(share, tallies)
        if index is not None:
            read.append(("+".join(share.parts), index))
    mean = sum(index for _, index in read) // len(read) if read else None
    of = len(component.reported) + len(component.shares)
    return ComponentIndex(component.code, component.group, mean, component.weight, tuple(read), of)


def _share(share: Share, tallies: Mapping[str, int]) -> int | None:
    whole = tallies.get(share.whole)
    if not whole or any(part not in tallies for part in share.parts):
        return None
    per_mille = sum(tallies[part] for part in share.parts) * 1000 // whole
    return points_on_line(per_mille, share.worst, share.best, BEST)


def _mean(components: Iterable[ComponentIndex]) -> int | None:
    """Give the mean by weight of the components of which something is known."""
    known = [(each.index, each.weight) for each in components if each.index is not None]
    weights = sum(weight for _, weight in known)
    return sum(index * weight for index, weight in known) // weights if weights else None


def _symbol(version: RegionVersion, index: int | None) -> str | None:
    if index is None:
        return None
    return grade_at(version.symbols, index)
