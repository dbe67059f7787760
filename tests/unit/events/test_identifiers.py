"""The standards' worked examples, real and forged codes, and what a check character promises."""

import json
from datetime import date
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
    identity_number,
    identity_number_problem,
    is_person_token,
    mask_identity,
    normalise_code,
    organisation_code,
    organisation_code_of,
    organisation_code_of_tax_number,
    organisation_code_problem,
    person_token,
    registration_number,
    registration_number_problem,
    same_organisation,
    tax_number_problem,
    upgraded_identity_number,
)
from ops.generator.codes import (
    SYNTHETIC_CODES_MAX,
    SYNTHETIC_SERIAL_MAX,
    synthetic_credit_code,
    synthetic_credit_code_at,
    synthetic_credit_codes,
)

PEER = Path(__file__).parents[2] / "data" / "peer-stdnum"
REAL_CODES = (PEER / "uscc_valid.txt").read_text(encoding="utf-8").split()
PEER_CASES = json.loads((PEER / "cases.json").read_text(encoding="utf-8"))["uscc"]
KEY = bytes(range(32))

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
identity_numbers = st.builds(
    lambda division, born, serial: identity_number(f"{division}{born:%Y%m%d}{serial:03}"),
    st.text("0123456789", min_size=6, max_size=6),
    st.dates(date(1800, 1, 1), date(1900, 12, 31)),  # Nobody living is hit by chance.
    st.integers(0, 999),
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


# Older numbers of organisations


@pytest.mark.parametrize("code", ["PDY00001X", "PDY000060", "PDY000028", "600037341"])
def test_organisation_codes_of_the_standard_hold(code: str) -> None:
    assert organisation_code_problem(code) is None
    assert organisation_code(code[:8]) == code


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_the_organisation_check_is_the_standards_weighted_sum(body: str) -> None:
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(c, 36) * w for c, w in zip(body, weights, strict=True)) % 11
    assert organisation_code(body) == body + {10: "X", 11: "0"}.get(rest, str(rest))


@pytest.mark.requirement(81)
@given(st.text(CREDIT_CODE_ALPHABET, min_size=17, max_size=17))
def test_the_credit_check_is_the_standards_weighted_sum(text: str) -> None:
    body = "91330100" + text[:8] + "0"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    values = map(CREDIT_CODE_ALPHABET.index, body)
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    assert credit_code(body)[17] == CREDIT_CODE_ALPHABET[(31 - total % 31) % 31]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("", IdentifierProblem.EMPTY),
        ("PDY0000-1X", IdentifierProblem.LENGTH_WRONG),
        ("PDY00001A", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("PDY000011", IdentifierProblem.CHECK_DIGIT_WRONG),
    ],
)
def test_a_wrong_organisation_code_is_refused(code: str, problem: IdentifierProblem) -> None:
    assert organisation_code_problem(code) is problem


@pytest.mark.parametrize("number", ["330100000000011", "330782000000020", "330000600000033"])
def test_registration_numbers_of_2006_hold(number: str) -> None:
    assert registration_number_problem(number) is None
    assert registration_number(number[:14]) == number


@given(
    st.text("0123456789", min_size=14, max_size=14),
    st.integers(0, 14),
    st.sampled_from("0123456789"),
)
def test_a_wrong_digit_of_a_registration_number_is_detected(
    body: str, place: int, other: str
) -> None:
    number = registration_number(body)
    assume(number[place] != other)
    wrong = number[:place] + other + number[place + 1 :]
    assert registration_number_problem(wrong) is IdentifierProblem.CHECK_DIGIT_WRONG


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", IdentifierProblem.EMPTY),
        ("33010000000001", IdentifierProblem.LENGTH_WRONG),
        ("33010000000001X", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("330100000000012", IdentifierProblem.CHECK_DIGIT_WRONG),
    ],
)
def test_a_wrong_registration_number_is_refused(number: str, problem: IdentifierProblem) -> None:
    assert registration_number_problem(number) is problem


def test_an_old_tax_number_is_judged_by_the_organisation_code_inside() -> None:
    assert tax_number_problem("330106PDY000028") is None
    wrong = tax_number_problem("330106PDY000029")
    assert wrong is IdentifierProblem.ORGANISATION_CHECK_DIGIT_WRONG
    assert tax_number_problem("33010APDY000028") is IdentifierProblem.CHARACTER_NOT_ALLOWED
    assert tax_number_problem("PDY000028") is IdentifierProblem.LENGTH_WRONG
    assert tax_number_problem("") is IdentifierProblem.EMPTY


@pytest.mark.requirement(35)
def test_credit_code_tax_number_and_organisation_code_join() -> None:
    assert organisation_code_of("91330100PDY000028X") == "PDY000028"
    assert organisation_code_of_tax_number("330106PDY000028") == "PDY000028"
    assert same_organisation("91330100PDY000028X", "330782PDY000028")
    assert not same_organisation("91330100PDY000028X", "330782PDY000036")


# Identity numbers, all of persons born in 1900 or made up by the standard


@pytest.mark.requirement(81)
@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "440524188001010014",
        "330106190001010017",
        "330106190001010025",
        "33010619000101005X",
        "330782190001020046",
        "332601190001030058",
    ],
)
def test_identity_numbers_of_the_standard_hold(number: str) -> None:
    assert identity_number_problem(number) is None
    assert identity_number(number[:17]) == number


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", IdentifierProblem.EMPTY),
        ("3301061900010100", IdentifierProblem.LENGTH_WRONG),
        ("3301061900010100X7", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("33010600010100X", IdentifierProblem.CHARACTER_NOT_ALLOWED),
        ("330203190002290010", IdentifierProblem.BIRTH_DATE_IMPOSSIBLE),
        ("330203000229001", IdentifierProblem.BIRTH_DATE_IMPOSSIBLE),
        ("330106190001010018", IdentifierProblem.CHECK_DIGIT_WRONG),
    ],
)
def test_a_wrong_identity_number_is_refused(number: str, problem: IdentifierProblem) -> None:
    assert identity_number_problem(number) is problem


def test_a_leap_day_is_a_birthday_in_leap_years_only() -> None:
    assert identity_number_problem(identity_number("33010619040229001")) is None
    problem = identity_number_problem(identity_number("33010619010229001"))
    assert problem is IdentifierProblem.BIRTH_DATE_IMPOSSIBLE


def test_a_number_may_pass_as_another_kind_so_the_kind_is_never_guessed() -> None:
    number = "332601190001030058"
    assert identity_number_problem(number) is None
    assert credit_code_problem(number) is IdentifierProblem.ORGANISATION_CHECK_DIGIT_WRONG


def test_a_first_generation_number_becomes_eighteen_characters() -> None:
    assert identity_number_problem("330106000101001") is None
    assert upgraded_identity_number("330106000101001") == "330106190001010017"
    assert upgraded_identity_number("330106190001010017") == "330106190001010017"


@given(identity_numbers, st.integers(0, 16), st.sampled_from("0123456789"))
def test_a_wrong_digit_of_an_identity_number_is_detected(
    number: str, place: int, other: str
) -> None:
    assume(number[place] != other)
    assert identity_number_problem(number) is None
    assert identity_number_problem(number[:place] + other + number[place + 1 :]) is not None


@given(identity_numbers, st.integers(0, 16))
def test_two_swapped_digits_of_an_identity_number_are_detected(number: str, place: int) -> None:
    left, right = number[place], number[place + 1]
    assume(left != right)
    assert identity_number_problem(number[:place] + right + left + number[place + 2 :]) is not None


# Persons


def test_a_mask_shows_the_first_ten_and_last_four() -> None:
    assert mask_identity("33010619000101005x") == "3301061900****005X"


def test_a_mask_of_the_old_form_hides_the_birthday_too() -> None:
    assert mask_identity("330106000101001") == "3301061900****0017"


@pytest.mark.parametrize("text", ["", "3301061900", "浙江省杭州市", "91330100PDY000028X"])
def test_a_mask_of_anything_else_shows_nothing(text: str) -> None:
    assert mask_identity(text) == "****"


@pytest.mark.requirement(35, 81)
def test_a_person_has_one_token_however_the_number_is_written() -> None:
    token = person_token("330106190001010017", KEY)
    assert person_token(" 330106-19000101-0017", KEY) == token
    assert person_token("330106000101001", KEY) == token
    assert is_person_token(token)


def test_a_token_depends_on_the_number_and_the_key_and_shows_neither() -> None:
    token = person_token("330106190001010017", KEY)
    assert token == "P6ea62959a06cb722c145f3dd7941cedc"
    assert token != person_token("330106190001010025", KEY)
    assert token != person_token("330106190001010017", KEY[::-1])


@given(identity_numbers)
def test_a_token_is_never_taken_for_another_number_nor_another_for_it(number: str) -> None:
    token = person_token(number, KEY)
    for form in (token, normalise_code(token)):
        assert credit_code_problem(form) is IdentifierProblem.LENGTH_WRONG
        assert identity_number_problem(form) is IdentifierProblem.LENGTH_WRONG
    assert not is_person_token(number)


@pytest.mark.parametrize(
    "text",
    ["", "P" + "0" * 31, "P" + "0" * 33, "p" + "0" * 32, "P" + "A" * 32, "P" + "0" * 32 + "\n"],
)
def test_what_is_not_exactly_a_token_is_none(text: str) -> None:
    assert not is_person_token(text)


@pytest.mark.parametrize(
    ("number", "key"),
    [("330106190001010018", KEY), ("", KEY), ("330106190001010017", KEY[:31])],
)
def test_no_token_is_made_of_a_wrong_number_or_a_short_key(number: str, key: bytes) -> None:
    with pytest.raises(UnusableNumberError) as raised:
        person_token(number, key)
    assert not number or number not in str(raised.value)


# Synthetic subjects


def test_a_million_synthetic_subjects_can_be_had_and_the_list_ends() -> None:
    assert SYNTHETIC_CODES_MAX == 3_299_967
    assert credit_code_problem(synthetic_credit_code_at(SYNTHETIC_CODES_MAX - 1)) is None
    for index in (-1, SYNTHETIC_CODES_MAX):
        with pytest.raises(UnusableNumberError):
            synthetic_credit_code_at(index)


def test_synthetic_codes_are_always_the_same_and_spread_over_cities() -> None:
    first = list(synthetic_credit_codes(11))
    assert first[0] == "91330100PDY00001XX"
    assert {code[2:8] for code in first} == {f"33{city:02}00" for city in range(1, 12)}
    assert first == list(synthetic_credit_codes(11))


@given(st.integers(0, SYNTHETIC_CODES_MAX - 1))
def test_a_synthetic_code_tells_its_place_so_none_comes_twice(index: int) -> None:
    code = synthetic_credit_code_at(index)
    serial, kind = int(code[11:16]) - 1, ("91", "92", "93").index(code[:2])
    turn = (int(code[4:6]) - 1 - serial) % 11
    assert (kind * 11 + turn) * SYNTHETIC_SERIAL_MAX + serial == index


@pytest.mark.parametrize("serial", [0, 100_000])
def test_a_serial_outside_the_users_block_is_refused(serial: int) -> None:
    with pytest.raises(UnusableNumberError):
        synthetic_credit_code(serial, "330100")
