"""A small catalogue that holds up, to be broken in one place at a time."""

from __future__ import annotations

from typing import Final

SMALL: Final = {
    "catalogue.toml": """
[[domain]]
code = "tax"
name_zh = "税务"
name_en = "Tax"

[[category]]
code = "grade.tax"
name_zh = "纳税信用级别"
name_en = "Tax grade"
event_types = ["GradeAssigned"]
polarity = "neutral"
domain = "tax"
disclosure = "public"
publication = "prompting"
compartment = "social"
from = 2003-01-01
to = 2020-01-01
reference = "assumption"

[[category]]
code = "grade.tax"
name_zh = "纳税缴费信用级别"
name_en = "Tax and contribution grade"
event_types = ["GradeAssigned"]
polarity = "neutral"
domain = "tax"
platforms = ["organisation"]
disclosure = "public"
publication = "prompting"
from = 2020-01-01
reference = "law of 2020"

[[category]]
code = "grade.kept"
name_zh = "评价事项"
name_en = "What evaluations keep"
event_types = ["ItemsReported"]
polarity = "neutral"
domain = "tax"
platforms = ["organisation"]
disclosure = "shared"
publication = "basic"
from = 2003-01-01
reference = "assumption"
""",
    "departments.toml": """
[[department]]
code = "tax-zj"
name_zh = "税务局"
name_en = "Tax Service"
region = "330000"
sources = ["department"]
platforms = ["organisation", "person"]
categories = ["grade.*"]
event_types = ["GradeAssigned"]
legal_basis = "assumption"
batch = 1
""",
    "professions.toml": """
[[profession]]
code = "lawyer"
name_zh = "律师"
name_en = "Lawyer"
batch = 2
from = 2005-09-01
reference = "assumption"
""",
    "industries.toml": """
[industry_standard]
from = 2017-10-01
reference = "GB/T 4754-2017"

[[industry]]
code = "C"
name_zh = "制造业"
name_en = "Manufacturing"

[[industry]]
code = "17"
name_zh = "纺织业"
name_en = "Textiles"
parent = "C"
""",
    "grades.toml": """
[[scheme]]
code = "tax"
name_zh = "纳税信用"
name_en = "Tax credit"
domain = "tax"
category = "grade.tax"

[[scheme.in_force]]
from = 2003-01-01
reference = "assumption"
grades = [
  { code = "A", name_zh = "甲", name_en = "Grade A", standing = "good" },
  { code = "D", name_zh = "丁", name_en = "Grade D", standing = "bad" },
]

[[scheme.in_force]]
from = 2020-06-01
reference = "law of 2020"
grades = [
  { code = "A", name_zh = "甲", name_en = "Grade A", standing = "ordinary" },
  { code = "E", name_zh = "戊", name_en = "Grade E", standing = "poor" },
]
""",
    "indicators.toml": """
[[indicator]]
code = "brand"
name_zh = "品牌"
name_en = "Brand"
group = "review"
item = "竞争地位"
unit = "points"
worst = 0
best = 100
kinds = ["enterprise"]
from = 2005-09-01
reference = "assumption"

[[indicator]]
code = "violations"
name_zh = "违法次数"
name_en = "Violations"
group = "behaviour"
item = "物价"
unit = "count"
worst = 3
best = 0
kinds = ["enterprise"]
from = 2005-09-01
reference = "assumption"
""",
    "items.toml": """
[[item_set]]
category = "grade.kept"
from = 2003-01-01
reference = "assumption"
items = [
  { code = "year", name_zh = "年度", name_en = "Year", kind = "code", required = true },
  { code = "total", name_zh = "总额", name_en = "Total", kind = "fen" },
]
""",
}
