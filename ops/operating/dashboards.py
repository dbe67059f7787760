"""Makes Grafana's dashboards of the few lines that say what each panel asks."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
_WIDTH: Final = 12
_HEIGHT: Final = 8
_CHOICE: Final = {"name": "datasource", "type": "datasource", "query": "prometheus"}
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


def dashboards() -> dict[str, str]:
    """Give each dashboard by its name, as JSON that Grafana imports."""
    told = tomllib.loads((FOLDER / "dashboards.toml").read_text(encoding="utf-8"))
    return {
        name: json.dumps(_dashboard(name, board), ensure_ascii=False, indent=1) + "\n"
        for name, board in told.items()
    }


def _dashboard(name: str, board: dict[str, Any]) -> dict[str, Any]:
    return {
        "uid": f"credit-ledger-{name}",
        "title": board["title"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "Asia/Shanghai",
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [_panel(place, panel) for place, panel in enumerate(board["panel"])],
    }


def _panel(place: int, panel: dict[str, Any]) -> dict[str, Any]:
    asked = [(panel["asks"], panel["legend"])]
    asked += [(panel[key], legend) for key, legend in _BESIDE.items() if key in panel]
    row, column = divmod(place, 2)
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": panel["title"],
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {
            "defaults": {"unit": panel.get("unit", "short"), "min": 0},
            "overrides": [],
        },
        "targets": [
            {"refId": chr(ord("A") + n), "expr": expr, "legendFormat": legend}
            for n, (expr, legend) in enumerate(asked)
        ],
    }


_BESIDE: Final = {"also": "{{__name__}}", "limit": "objective"}
"""What a panel may show beside what it asks, and how that is called."""


if __name__ == "__main__":
    for made, text in dashboards().items():
        (FOLDER / "dashboards" / f"{made}.json").write_text(text, encoding="utf-8")
