"""Requirements of the plan: evaluation, use and watching of the platform."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from events.envelope import Platform
from events.rules.code_lists import Indicator
from projections.conclusions import conclusions
from projections.evaluation import region_figures, region_index, yearly
from projections.http.application import create_service
from projections.http.openapi import describe
from projections.http.operation.requests import REGISTRY
from projections.http.routes import ROUTES
from projections.profile import shapes as shown
from projections.queries import (
    evaluation_report,
    overview,
    quality_report,
    region_now,
)
from projections.queries.operation import ControlNow, ReadModelsNow, control_now, read_models_now
from projections.queries.overview import PartitionPosition
from projections.queries.subject import cases, profile, state
from projections.store.admission import AdmissionNow as AdmissionProgress
from projections.store.admission import (
    DepartmentWaits,
    RoleAtWork,
    admission_of,
    submissions_behind,
)
from projections.store.progress import Latency, latency_of
from tests.support import builders as a
from tests.support.asking import LOCAL, client_of, gate, noon
from tests.support.given import CALENDAR, given
from tests.support.required import RULEBOOK, TODAY, admitted, classes

if TYPE_CHECKING:
    from collections.abc import Iterable


# Evaluation and questions.


@pytest.mark.requirement(85, 87)
def test_a_subject_has_one_hint_of_score_symbol_and_classes_each_with_its_version() -> None:
    profile = given(admitted(a.a_registration()), admitted(a.a_penalty())).on(TODAY)
    score = profile.score
    assert score is not None

    assert (score.model, score.grade) == ("score.enterprise", "good")
    assert f"{score.model}@{score.model_from}" in profile.rules
    assert classes(profile)["supervision.market"] == "B"
    assert {f"{s.rule}@{s.rule_from}" for s in profile.supervision} <= set(profile.rules)


@pytest.mark.requirement(88)
def test_behaviour_is_fed_by_nine_departments_and_basic_and_review_figures_by_rows() -> None:
    (model,) = [each for each in RULEBOOK.scores if each.id == "score.enterprise"]
    first = model.in_force[0]
    groups = Counter(each.group for each in first.indicators)
    behaviour = [each for each in first.indicators if each.group == "behaviour"]
    fields = {d for each in behaviour for loss in each.deductions for d in loss.domains}

    assert groups["behaviour"] == len({each.reported[0] for each in behaviour}) == 9
    assert {"market", "quality", "labour", "environment", "price", "tax"} <= fields
    assert {"customs", "quarantine", "food_drug"} <= fields
    rows = RULEBOOK.indicators
    for group in ("basic", "review"):
        codes = [code for each in first.indicators if each.group == group for code in each.reported]
        assert codes
        assert {type(rows[code]) for code in codes} == {Indicator}


def _requests(path: str) -> float:
    labels = {"route": path, "status": "200"}
    return REGISTRY.get_sample_value("credit_ledger_requests_total", labels) or 0.0


def _service(**changes: Any) -> TestClient:
    pool: Any = None
    app = create_service(pool, CALENDAR, noon(date(2025, 6, 15)), dict, gate=gate())
    now = noon(date(2025, 6, 15))
    service = app.state.service
    given = {each.name: getattr(service, each.name) for each in dataclasses.fields(service)}
    given |= {"now": now, "today": lambda: now().date(), **changes}
    app.state.service = SimpleNamespace(**given)
    return client_of(app)


@pytest.mark.requirement(8)
def test_every_question_is_counted_by_what_it_asked() -> None:
    before = _requests("/openapi.json")
    client = _service()
    del client.headers["Authorization"]
    for _ in range(3):
        assert client.get("/openapi.json").status_code == 200

    assert _requests("/openapi.json") == before + 3


@pytest.mark.requirement(7, 13)
def test_lag_and_age_of_the_newest_event_can_be_watched() -> None:
    waits = ("credit.organisation.submissions.tax-zj", 0)

    async def ask(question: Any, platform: Platform, *known: Any) -> Any:
        if question.__name__ == "askers":
            return LOCAL
        if question is overview.positions:
            place = {"partition": 4, "next_offset": 95, "swept_on": date(2025, 6, 13)}
            return [SimpleNamespace(**place)]
        if question is submissions_behind:
            return {waits: 3}
        if question is admission_of:
            _, ages_s = known
            late = [DepartmentWaits("organisation", "tax-zj", 4, ages_s[waits])]
            at_work = [RoleAtWork("admission", 1, 17, None)]
            return AdmissionProgress(5.0, at_work, 9, 4, ages_s[waits], late, missed=True)
        if question is latency_of:
            objective_s, _, waits_s = known
            counts = [90, 0, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0]
            missed = (waits_s or 0) > objective_s
            return Latency(platform, objective_s, 100, 95, 81_500, counts, 40, waits_s, missed)
        if question is read_models_now:
            at = [PartitionPosition(4, 95, None, 7, date(2025, 6, 13))]
            return ReadModelsNow(1, at, 2, 0, 0, 1_749_945_600_000)
        assert question is control_now
        return ControlNow(1, 3, {"department": 2}, 1, 6)

    first = ("credit.organisation.events.v1", 4)
    service = _service(
        ask=ask,
        end_offsets=lambda: {first: 100},
        waiting_s=lambda behind: dict.fromkeys(behind, 7.5),
        latency_objective_s=5.0,
        today=lambda: date(2025, 6, 15),
        evidence=None,
        disks=lambda: [("/data", 700)],
        disk_floor_mb=512,
    )
    text = service.get("/metrics").text
    told = service.get("/latencyz")

    assert told.status_code == 503
    assert [(each["platform"], each["missed"]) for each in told.json()["read_models"]] == [
        ("organisation", True),
        ("person", False),
    ]
    assert told.json()["admission"]["departments"][0]["department"] == "tax-zj"
    for line in (
        'credit_ledger_submissions_lag_events{department="tax-zj",platform="organisation"} 4.0',
        'credit_ledger_submissions_waiting_seconds{department="tax-zj",platform="organisation"} 7.5',
        'credit_ledger_worker_starts{role="admission"} 17.0',
        "credit_ledger_submissions_refused 9.0",
        "credit_ledger_plaintext_refused 6.0",
        "credit_ledger_admission_missed 1.0",
        'credit_ledger_latency_seconds_bucket{le="5.0",platform="organisation"} 95.0',
        'credit_ledger_latency_seconds_bucket{le="+Inf",platform="organisation"} 100.0',
        'credit_ledger_latency_seconds_sum{platform="organisation"} 81.5',
        'credit_ledger_waiting_seconds{platform="organisation"} 7.5',
        'credit_ledger_waiting_seconds{platform="person"} 0.0',
        'credit_ledger_latency_missed{platform="organisation"} 1.0',
        'credit_ledger_latency_missed{platform="person"} 0.0',
        'credit_ledger_swept_days_behind{partition="4",platform="organisation"} 2.0',
    ):
        assert line in text, line

    assert 'credit_ledger_lag_events{partition="4",platform="organisation"} 5.0' in text
    assert 'credit_ledger_parked_subjects{platform="organisation"} 2.0' in text
    (age,) = re.findall(r'newest_event_age_seconds{platform="organisation"} (\S+)', text)
    assert float(age) > 0


@pytest.mark.requirement(58)
def test_a_class_is_each_departments_own() -> None:
    departments = {rule.department for rule in RULEBOOK.supervision}

    assert len([d for d in departments if RULEBOOK.departments[d].region == "330000"]) >= 25


# What must not be.


def _outputs() -> Iterable[Any]:
    evaluations = (evaluation_report, region_now, region_figures, region_index, yearly)
    of_subject = (cases, profile, state)
    for module in (conclusions, shown, *of_subject, quality_report, *evaluations):
        for each in vars(module).values():
            if isinstance(each, type) and hasattr(each, "__struct_fields__"):
                yield each


@pytest.mark.requirement(99)
def test_no_answer_and_no_statement_puts_subjects_in_an_order_of_merit() -> None:
    root = Path(__file__).resolve().parent.parent.parent
    sources = [p for name in ("projections", "streams", "ops") for p in (root / name).rglob("*.*")]
    texts = {p: p.read_text("utf-8") for p in sources if p.suffix in (".py", ".sql")}
    orders = [
        found
        for text in texts.values()
        for found in re.findall(
            r"ORDER BY ([^)]*?)(?:LIMIT|$|\")", text, re.IGNORECASE | re.MULTILINE
        )
    ]
    merit = re.compile(r"score|grade|points|rank|level|lists_in_effect|class", re.IGNORECASE)
    words = ("rank", "percentile", "league", "top_", "leader", "quantile")
    fields = {name for kind in _outputs() for name in kind.__struct_fields__}
    asked = {
        parameter["name"]
        for path in describe(ROUTES, date(2026, 6, 15))["paths"].values()
        for operation in path.values()
        for parameter in operation["parameters"]
    }

    assert len(orders) > 10
    assert [each for each in orders if merit.search(each)] == []
    assert [p.name for p, text in texts.items() if re.search(r"\bRANK\b|NTILE", text)] == []
    assert {"points", "lists", "department"} <= fields
    assert [name for name in fields if any(word in name for word in words)] == []
    assert not asked & {"sort", "order", "order_by", "top"}
