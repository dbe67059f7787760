"""The standards' worked examples, real and forged codes, and what a check character promises."""

import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.identifiers import (
    CREDIT_CODE_ALPHABET,
    IdentifierProblem,
    UnusableNumberError,
    credit_code,
    credit_code_problem,
    normalise_code,
    organisation_code,
)
from ops.generator.codes import (
    synthetic_credit_code,
)

PEER = Path(__file__).parents[2] / "data" / "peer-stdnum"
REAL_CODES = (PEER / "uscc_valid.txt").read_text(encoding="utf-8").split()
PEER_CASES = json.loads((PEER / "cases.json").read_text(encoding="utf-8"))["uscc"]

# Division, serial, then an enterprise (91), an individual business (92) and a department (11).
SYNTHETIC_SUBJECTS = """
330000 1 91330000PDY00001XQ 92330000PDY00001XM 11330000PDY00001X1
330100 2 91330100PDY000028X 92330100PDY000028T 11330100PDY0000286
330200 3 91330200PDY000036X 92330200PDY000036T 11330200PDY0000366
330300 4 91330300PDY000044X 92330300PDY000044T 11330300PDY0000446
330400 5 91330400PDY000052X 92330400PDY000052T 11330400PDY0000526
330500 6 91330500PDY000060X 92330500PDY000060T 11330500PDY0000606
330600 7 91330600PDY0000790 92330600PDY000079W 11330600PDY0000798
330700 8 91330700PDY0000870 92330700PDY000087W 11330700PDY0000878
330800 9 91330800PDY0000950 92330800PDY000095W 11330800PDY0000958
330900 10 91330900PDY000108T 92330900PDY000108P 11330900PDY0001083
331000 11 91331000PDY000116K 92331000PDY000116G 11331000PDY000116U
331100 12 91331100PDY000124K 92331100PDY000124G 11331100PDY000124U
330782 13 91330782PDY000132R 92330782PDY000132N 11330782PDY0001322
310000 14 91310000PDY000140F - 11310000PDY000140P
320000 15 91320000PDY000159G - 11320000PDY000159Q
340000 16 91340000PDY000167K - 11340000PDY000167U
"""
SUBJECTS = [
    (kind, division, int(serial), code)
    for division, serial, *codes in map(str.split, SYNTHETIC_SUBJECTS.strip().splitlines())
    for kind, code in zip(("91", "92", "11"), codes, strict=True)
    if code != "-"
]
OTHER_KINDS = (
    "12330000PDY0020077",
    "51330000PDY0020076",
    "53330000PDY0020070",
    "N2330106PDY002007D",
)

credit_codes = st.builds(
    lambda head, division, body: credit_code(head + division + organisation_code(body)),
    st.text("0123456789ANY", min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CREDIT_CODE_ALPHABET, min_size=8, max_size=8),
)


# Normal form


@pytest.mark.parametrize(
    "written",
    [
        "91110000600037341l",
        "91 110000 600037341L",
        "９１１１００００６０００３７３４１Ｌ",
        "\ufeff91110000-60003734-1L\n",
        "91110000\u3000600037341\u00a0L",
        "9111\u200b0000\u2009600037341\u00adL",
        "91110000–60003734−1L",
    ],
)
def test_one_code_written_in_many_ways_has_one_normal_form(written: str) -> None:
    assert normalise_code(written) == "91110000600037341L"


@given(st.text())
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    once = normalise_code(text)
    assert normalise_code(once) == once


@given(credit_codes, st.lists(st.sampled_from(" -\t\u3000\u200b\u2014\ufeff"), max_size=6))
def test_blanks_hyphens_width_and_case_never_change_a_code(code: str, filler: list[str]) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code[:9].lower())
    assert normalise_code("".join(filler) + wide + "".join(filler) + code[9:].lower()) == code


def test_a_letter_that_only_looks_latin_stays_and_is_refused() -> None:
    cyrillic = normalise_code("91110000600037341L".replace("1", "\u0406", 1))
    assert credit_code_problem(cyrillic) is IdentifierProblem.CHARACTER_NOT_ALLOWED


# Unified social credit codes


@pytest.mark.parametrize(("kind", "division", "serial", "code"), SUBJECTS)
def test_every_synthetic_subject_is_valid_and_made_again(
    kind: str, division: str, serial: int, code: str
) -> None:
    assert credit_code_problem(code) is None
    assert synthetic_credit_code(serial, division, kind) == code


@pytest.mark.parametrize("code", [*REAL_CODES, *OTHER_KINDS])
def test_real_codes_and_every_kind_of_registrar_are_accepted(code: str) -> None:
    assert credit_code_problem(code) is None
    assert credit_code(code[:17]) == code


def test_the_peers_hundred_real_codes_are_all_here() -> None:
    assert len(REAL_CODES) == 100


@pytest.mark.parametrize(("written", "code"), PEER_CASES["valid_normalising"])
def test_codes_the_peer_normalises_are_normalised_alike(written: str, code: str) -> None:
    assert normalise_code(written) == code
    assert credit_code_problem(code) is None


def test_codes_the_peer_rejects_are_rejected_but_a_letter_may_lead() -> None:
    problems = {
        code: credit_code_problem(normalise_code(code)) for code, _ in PEER_CASES["invalid"]
    }
    assert problems == {
        "12345": IdentifierProblem.LENGTH_WRONG,
        # The peer refuses the letter; we refuse the check character that it makes wrong.
        "A1110000600037341L": IdentifierProblem.CHECK_DIGIT_WRONG,
        "9111000060003IOZSV": IdentifierProblem.CHARACTER_NOT_ALLOWED,
        "91110000600037341N": IdentifierProblem.CHECK_DIGIT_WRONG,
    }


@pytest.mark.parametrize("registrar", ["A1", "N1", "N3", "Y1"])
def test_registrars_with_a_letter_are_accepted(registrar: str) -> None:
    assert credit_code_problem(synthetic_credit_code(7, "330106", registrar)) is None


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("", IdentifierProblem.EMPTY),
        ("91330100PDY000028", IdentifierProblem.LENGTH_WRONG),
        ("91330100PDY000028X0", IdentifierProblem.LENGTH_WRONG),
        ("91330100PDY000028X\n", IdentifierProblem.LENGTH_WRONG),
        ("91330100PDY0000２8X", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("9133010APDY000028X", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("B1330100PDY000028X", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("91330100PDY000028x", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("91330100PDY000028A", IdentifierProblem.CHECK_DIGIT_WRONG),
        ("91330100PYD000028X", IdentifierProblem.CHECK_DIGIT_WRONG),
        ("91330106MA1234567T", IdentifierProblem.ORGANISATION_CHECK_DIGIT_WRONG),
    ],
)
def test_a_wrong_code_is_refused_with_its_reason(code: str, problem: IdentifierProblem) -> None:
    assert credit_code_problem(code) is problem


@pytest.mark.parametrize("division", ["450128", "330103", "999999", "000000"])
def test_no_code_is_refused_for_its_division(division: str) -> None:
    assert credit_code_problem(synthetic_credit_code(1, division)) is None


@pytest.mark.requirement(35)
@given(credit_codes, st.integers(0, 17), st.sampled_from(CREDIT_CODE_ALPHABET))
def test_any_single_wrong_character_is_detected(code: str, place: int, other: str) -> None:
    assume(code[place] != other)
    assert credit_code_problem(code) is None
    assert credit_code_problem(code[:place] + other + code[place + 1 :]) is not None


@given(credit_codes, st.integers(0, 16))
def test_any_two_swapped_neighbours_are_detected(code: str, place: int) -> None:
    left, right = code[place], code[place + 1]
    assume(left != right)
    assert credit_code_problem(code[:place] + right + left + code[place + 2 :]) is not None


@pytest.mark.parametrize(
    "body", ["", "91330100PDY00002", "91330100PDY0000IX", "91330100PDY00002８"]
)
def test_a_code_is_not_made_from_an_impossible_body(body: str) -> None:
    with pytest.raises(UnusableNumberError):
        credit_code(body)
