"""Numbers beside the credit code: of organisations, registrations, taxpayers and persons, and tokens of these."""

from datetime import date

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

KEY = bytes(range(32))
identity_numbers = st.builds(
    lambda division, born, serial: identity_number(f"{division}{born:%Y%m%d}{serial:03}"),
    st.text("0123456789", min_size=6, max_size=6),
    st.dates(date(1800, 1, 1), date(1900, 12, 31)),  # Nobody living is hit by chance.
    st.integers(0, 999),
)


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
