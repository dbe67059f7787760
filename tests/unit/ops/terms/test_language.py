from __future__ import annotations

import pytest

from ops.terms.language import LanguageUnknownError, language


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8", "CREDIT_LEDGER_LANGUAGE": "zh"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "CREDIT_LEDGER_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_setting_goes_before_the_terminal(environment: dict[str, str], wanted: str) -> None:
    assert language(environment) == wanted


def test_a_language_that_nothing_is_told_in_is_refused() -> None:
    with pytest.raises(LanguageUnknownError, match="one of zh, en"):
        language({"CREDIT_LEDGER_LANGUAGE": "fr"})
