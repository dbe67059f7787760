"""The part of PromQL that our alert rules use, over scrapes of the running service.

Prometheus itself is no package. What parses here is what its parser takes (`promql-parser`);
what is reckoned is small enough to be read: selectors, comparison and arithmetic with a number or
with one other series (`on`), sums by labels, and growth between two scrapes.
"""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import promql_parser as promql
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Labels = frozenset[tuple[str, str]]
Series = dict[Labels, float]
Scrape = dict[str, Series]

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_RECKON: Final[dict[str, Callable[[float, float], float]]] = {"*": operator.mul}


def scrape_of(text: str) -> Scrape:
    """Read what `/metrics` answered."""
    found: Scrape = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def holds(expression: str, now: Scrape, before: Scrape | None = None) -> bool:
    """Say whether an expression gives anything, of a scrape and of one before it."""
    return bool(_value(promql.parse(expression), now, before or {}))


def names_of(expression: str) -> set[str]:
    """Give every metric that an expression asks for."""
    return {each.name for each in _walk(promql.parse(expression)) if hasattr(each, "matchers")}


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for name in ("lhs", "rhs", "expr", "vector_selector"):
        child = getattr(node, name, None)
        if child is not None:
            yield from _walk(child)
    for child in getattr(node, "args", ()):
        yield from _walk(child)


def _value(node: Any, now: Scrape, before: Scrape) -> Any:
    kind = type(node).__name__
    if kind == "NumberLiteral":
        return node.val
    if kind == "ParenExpr":
        return _value(node.expr, now, before)
    if kind == "VectorSelector":
        return _selected(node, now)
    if kind == "AggregateExpr":
        return _summed(node, _value(node.expr, now, before))
    if kind == "Call":
        return _called(node, now, before)
    assert kind == "BinaryExpr", f"{kind} is not reckoned here"
    return _both(node, _value(node.lhs, now, before), _value(node.rhs, now, before))


def _selected(selector: Any, scrape: Scrape) -> Series:
    wanted = [(m.name, str(m.op), m.value) for m in selector.matchers.matchers]
    return {
        labels: value
        for labels, value in scrape.get(selector.name, {}).items()
        if all(_fits(dict(labels).get(name, ""), op, text) for name, op, text in wanted)
    }


def _fits(value: str, op: str, text: str) -> bool:
    if "Re" in op:
        return bool(re.fullmatch(text, value)) != ("Not" in op)
    return (value == text) != ("Not" in op)


def _summed(node: Any, series: Series) -> Series:
    assert str(node.op) == "sum", node.op
    by = set(node.modifier.labels) if node.modifier else set()
    found: dict[Labels, float] = defaultdict(float)
    for labels, value in series.items():
        found[frozenset(each for each in labels if each[0] in by)] += value
    return dict(found)


def _called(node: Any, now: Scrape, before: Scrape) -> Series:
    """Reckon growth between two scrapes, and a quantile as the least bucket that holds it."""
    if node.func.name in ("increase", "rate"):
        selector = node.args[0].vector_selector
        old = _selected(selector, before)
        return {labels: v - old.get(labels, 0.0) for labels, v in _selected(selector, now).items()}
    assert node.func.name == "histogram_quantile", node.func.name
    quantile, buckets = node.args[0].val, _value(node.args[1], now, before)
    bounds = sorted((float(dict(labels)["le"]), value) for labels, value in buckets.items())
    if not bounds or not bounds[-1][1]:
        return {}
    least = next(le for le, count in bounds if count >= quantile * bounds[-1][1])
    return {frozenset(): least}


def _both(node: Any, left: Any, right: Any) -> Any:
    op = str(node.op)
    if op == "and":
        on = _on(node)
        there = {_only(labels, on) for labels in right}
        return {labels: value for labels, value in left.items() if _only(labels, on) in there}
    if op in _RECKON:
        if isinstance(left, float):
            left, right = right, left
        return {labels: _RECKON[op](value, right) for labels, value in left.items()}
    compare = _COMPARE[op]
    if isinstance(right, float):
        return {labels: value for labels, value in left.items() if compare(value, right)}
    on = _on(node)
    other = {_only(labels, on): value for labels, value in right.items()}
    return {
        labels: value
        for labels, value in left.items()
        if _only(labels, on) in other and compare(value, other[_only(labels, on)])
    }


def _on(node: Any) -> set[str] | None:
    matching = getattr(node.modifier, "matching", None)
    return None if matching is None else set(matching.labels)


def _only(labels: Labels, on: set[str] | None) -> Labels:
    return labels if on is None else frozenset(each for each in labels if each[0] in on)
