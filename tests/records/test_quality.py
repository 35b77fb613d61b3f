"""What members give is checked, and what is wrong is said in words an agent can use."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.quality import as_address, as_date, check, normalised

TODAY = date(2026, 3, 10)
BORN = date(1951, 6, 2)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("mailing_address", "412 Oak Street Apt 3, Marietta, GA 30060"),
        ("mailing_address", "PO Box 17\nNew York, NY 10001-1234"),
        ("mailing_address", "1 Peachtree St, Suite 5, Atlanta, GA, 30303"),
        ("phone", "404-555-0188"),
        ("phone", "+44 20 7946 0000"),
        ("email", "o'brien+pension@mail.example.org"),
        ("bank_routing", "061000104"),
        ("bank_routing", "0610 0010 4"),
        ("bank_account", "00123456789012345"),
        ("ssn", "219-09-9998"),
        ("birth_date", "June 2, 1951"),
        ("date_of_death", "march 5 2026"),
        ("employment_end_date", "2027-06-30"),
        ("name", "Loretta Mae Pruitt"),
        ("marital_status", "married"),
        ("tax_withholding", "20 percent"),
    ],
)
def test_what_is_right_has_no_finding(part: str, value: str):
    assert check(part, value, TODAY, born=BORN) == ()


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("mailing_address", "Oak Street, Marietta, GA 30060", "no house or box number"),
        ("mailing_address", "412 Oak Street, Marietta", "no five-digit ZIP"),
        ("mailing_address", "412 Oak Street, Marietta, GA 90210", "ZIP codes of GA do not begin so"),
        ("mailing_address", "412 Oak Street, 5th, GA 30060", "a number in the city's name"),
        ("phone", "404-555", "no telephone number"),
        ("phone", "000-555-0188", "no such number"),
        ("phone", "call me", "no telephone number"),
        ("email", "loretta at home", "no @"),
        ("email", "loretta@home", "no mail house"),
        ("email", "a..b@example.org", "before the @"),
        ("bank_routing", "061000105", "check digit"),
        ("bank_routing", "991000104", "begins so"),
        ("bank_routing", "06100010", "nine digits"),
        ("bank_account", "123", "4 to 17"),
        ("bank_account", "1" * 9, "all its digits"),
        ("bank_account", "12ab5678", "4 to 17"),
        ("ssn", "666-12-3456", "never gave"),
        ("ssn", "078-05-1120", "never gave"),
        ("ssn", "912-34-5678", "ITIN"),
        ("ssn", "123-45-678", "nine digits"),
        ("birth_date", "February 30 1951", "no date that can be"),
        ("birth_date", "1890-01-01", "more than 120 years"),
        ("date_of_death", "march 5", "no date that can be"),
        ("date_of_death", "2026-03-11", "in the future"),
        ("date_of_death", "1950-01-01", "before the member was born"),
        ("employment_end_date", "2029-01-01", "in the future"),
        ("name", "L0retta", "digit"),
        ("tax_withholding", "120 percent", "more than everything"),
        ("nickname", " ", "nothing was given"),
        ("nickname", "a\x07b", "unreadable"),
    ],
)
def test_what_is_wrong_is_an_error_in_words(part: str, value: str, says: str):
    findings = check(part, value, TODAY, born=BORN)
    assert [finding.severity for finding in findings] == ["error"]
    assert says in findings[0].says
    assert findings[0].part == part


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("email", "loretta@gmial.com", "is gmail.com meant?"),
        ("mailing_address", "412 oak street apartment 3 marietta 30060", "with commas between"),
        ("name", "Loretta", "one name alone"),
    ],
)
def test_what_is_doubtful_is_a_warning(part: str, value: str, says: str):
    (finding,) = check(part, value, TODAY)
    assert (finding.severity, finding.says) == ("warning", finding.says)
    assert says in finding.says


def digits_of(routing: int) -> str:
    """A routing number with its check digit: 3·(d1+d4+d7) + 7·(d2+d5+d8) + (d3+d6+d9) is a multiple of ten."""
    first = f"{routing:08}"
    total = sum(weight * int(digit) for weight, digit in zip((3, 7, 1, 3, 7, 1, 3, 7), first, strict=True))
    return f"{first}{-total % 10}"


@given(st.integers(1_000_000, 12_999_999), st.integers(0, 8), st.integers(1, 9))
def test_any_single_wrong_digit_of_a_routing_number_is_found(routing: int, place: int, off: int):
    right = digits_of(routing)
    assert check("bank_routing", right, TODAY) == ()
    wrong = right[:place] + str((int(right[place]) + off) % 10) + right[place + 1 :]
    assert check("bank_routing", wrong, TODAY)


@given(st.sampled_from(["ssn", "bank_account", "bank_routing", "phone", "email", "birth_date"]), st.text(max_size=60))
def test_nothing_breaks_it_and_no_finding_repeats_a_secret(part: str, value: str):
    findings = check(part, value, TODAY)
    normalised(part, value)
    for finding in findings:
        if len(value.strip()) > 8:
            assert value.strip() not in finding.says


@given(st.dates(date(1907, 1, 1), date(2026, 3, 10)))
def test_dates_are_read_as_people_write_them(day: date):
    for form in (
        day.isoformat(),
        f"{day:%m/%d/%Y}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%B} {day.day}th {day.year}",
    ):
        assert as_date(form) == day
        assert normalised("birth_date", form) == day.isoformat()


def test_what_is_right_is_stored_in_one_form():
    assert normalised("phone", "(404) 555-0188") == "+14045550188"
    assert normalised("bank_account", "12 34-56") == "123456"
    assert normalised("email", " Lo@Example.ORG ") == "Lo@example.org"
    assert normalised("name", "Loretta   Pruitt ") == "Loretta Pruitt"


def test_an_address_in_its_parts():
    found = as_address("1 Peachtree St, Suite 5\nAtlanta, ga 30303-1234")
    assert found is not None
    assert (found.street, found.city, found.state, found.zip) == (
        "1 Peachtree St, Suite 5",
        "Atlanta",
        "GA",
        "30303-1234",
    )
