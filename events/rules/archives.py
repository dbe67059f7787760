"""Archives (信用档案) as data: which records of a profile belong to a field or to a profession."""

from __future__ import annotations

from events.envelope import Platform  # noqa: TC001 - msgspec reads the annotations at run time
from events.rules.code_lists import DatedRow


class Archive(DatedRow, frozen=True, kw_only=True):
    """A view of a profile: by domain, by category, by who reported, by profession."""

    platforms: list[Platform]
    domains: list[str]
    categories: list[str] = []  # noqa: RUF012 - msgspec copies it
    departments: list[str] = []  # noqa: RUF012 - likewise
    profession: str | None = None
