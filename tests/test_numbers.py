"""Promises about reading phone cells: what is read, what is refused and in which words."""

from __future__ import annotations

import random
import re
from functools import cache

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType, ValidationResult
from phonenumbers.shortnumberinfo import is_emergency_number, is_valid_short_number

from dialer.numbers.damage import clean
from dialer.numbers.newer_area_codes import newer_numbers
from dialer.numbers.reader import NumberReader, ParsedNumber
from dialer.numbers.rules import RULES

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)

REFUSED = [
    ("", "US", "number-missing"),
    ("  ", "US", "number-missing"),
    ("N/A", "US", "number-missing"),
    ("--", "US", "number-missing"),
    ("hello", "US", "number-unreadable"),
    ("+", "US", "number-unreadable"),
    ("=A2", "US", "number-unreadable"),
    ("21255501O0", "US", "number-letters"),
    ("212 555 0100 дом", "US", "number-words"),
    *((cell, "US", "number-words") for cell in ("John 2125550100", "2125550100 (mum)", "2125550100 ask for Ann")),
    *((cell, "US", "number-says-no") for cell in ("DNC 2125550100", "2125550100 (do not call)", "STOP 2125550100")),
    *((cell, "US", "number-masked") for cell in ("212XXXXXXX", "(212) 555-xxxx", "212*", "21255501?0", "212555____")),
    ("212555010", "US", "number-too-short"),
    ("+1212555010", None, "number-too-short"),
    ("12", "US", "number-too-short"),
    ("212555010099", "US", "number-too-long"),
    ("7946 0018", "GB", "number-no-area-code"),
    ("+41 44 668 1800 1", None, "number-wrong-length"),
    ("551 12345", "IS", "number-wrong-length"),
    ("5550100", "US", "number-no-area-code"),
    ("+34 12345678", "ES", "number-too-short"),
    ("+33 1 4268 530", "FR", "number-too-short"),
    ("+80012345", None, "number-too-short"),
    ("212-555-0100", None, "number-no-country"),
    ("+999 123 4567", "US", "number-unknown-country"),
    ("1.21256E+10", "US", "number-scientific"),
    ("4,47911E+11", "GB", "number-scientific"),
    ("9E+11", "GB", "number-scientific"),
    ("2125550100.0", "US", "number-decimal"),
    ("447911123456.00", "GB", "number-decimal"),
    ("2125550100,0", "US", "number-decimal"),
    ("2,125,550,100", "US", "number-decimal"),
    ("12/05/2024", "DK", "number-date"),
    ("2024-05-12", "DK", "number-date"),
    ("12.05.2024", "DK", "number-date"),
    ("2024-05-12 00:00:00", "US", "number-date"),
    ("12-May", "US", "number-date"),
    ("May-12", "US", "number-date"),
    ("12/05/24", "US", "number-date"),
    ("#NAME?", "US", "number-formula-error"),
    ("#N/A", "US", "number-formula-error"),
    ("#REF!", "US", "number-formula-error"),
    ("#DIV/0!", "US", "number-formula-error"),
    ("########", "US", "number-formula-error"),
    ("212-555-0100/212-555-0101", "US", "number-two"),
    ("212-555-0100 or 212-555-0101", "US", "number-two"),
    ("2125550100; 2125550101", "US", "number-two"),
    ("2125550100\n2125550101", "US", "number-two"),
    ("+12125550100 +12125550101", "US", "number-two"),
    ("2125550100 2125550101", "US", "number-two"),
    ("447911123456", "US", "number-lost-plus"),
    ("0612345678", "US", "number-impossible"),
    ("+1 061 234 5678", None, "number-impossible"),
    ("12025550123", None, "number-lost-plus"),
    ("707070707", "CI", "number-lost-zero"),
    ("03213331537", "CO", "number-stray-zero"),
    ("+52 1 55 5351 2345", None, "number-outdated"),
    ("+1202\ue0005550108", None, "number-unseen"),
    ("00447911123456", "US", "number-foreign-prefix"),
    ("011447911123456", "GB", "number-foreign-prefix"),
    ("0044 7911 123456", None, "number-foreign-prefix"),
    ("212-555-0100 x12", "US", "number-extension"),
    ("212-555-0100 ext. 12", "US", "number-extension"),
    ("tel:+1-212-555-0100;ext=12", "US", "number-extension"),
    ("+1 900 555 0100", "US", "number-premium"),
    ("0906 123 4567", "GB", "number-premium"),
    ("911", "US", "number-emergency"),
    ("112", "DE", "number-emergency"),
    ("+49 110", "US", "number-emergency"),
    ("15", "FR", "number-emergency"),
    ("411", "US", "number-short-code"),
]

KEPT = [
    ("+15551234567", None, "number-unassigned", "+15551234567"),
    ("265-555-0100", "US", "number-unassigned", "+12655550100"),
    ("621-155-0100", "US", "number-unassigned", "+16211550100"),
    ("1-800-FLOWERS", "US", "number-vanity", "+18003569377"),
    ("Tel. 212-555-0100", "US", "number-text", "+12125550100"),
    ("212-555-0100 (c)", "US", "number-text", "+12125550100"),
    ("212 555 0100 home", "US", "number-text", "+12125550100"),
    ("2125550100 (Mobile)", "US", "number-text", "+12125550100"),
    ("030 123456 privat", "DE", "number-text", "+4930123456"),
    ("Büro: 030 123456", "DE", "number-text", "+4930123456"),
]

CLEAN = [
    ("+1 (212) 555-0100", None, "+12125550100"),
    ("1.212.555.0100", "US", "+12125550100"),
    ("'2125550100", "US", "+12125550100"),
    ("\u2019+12125550100", "US", "+12125550100"),
    ("\ufeff+1\u200b212\u00ad5550100\u202c", None, "+12125550100"),
    ("\uff0b\uff11\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff10\uff10", None, "+12125550100"),
    ("\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0660\u0660", "US", "+12125550100"),
    ("212\u00a0555\u20110100", "US", "+12125550100"),
    ("212\u202f555\u20130100", "US", "+12125550100"),
    ("\t212\t555\t0100\r\n", "US", "+12125550100"),
    ("212 555\n0100", "US", "+12125550100"),
    ("tel:+1-212-555-0100", None, "+12125550100"),
    ("TEL: 212 555 0100", "US", "+12125550100"),
    ('="2125550100"', "US", "+12125550100"),
    ("+44 (0)20 7946 0018", "US", "+442079460018"),
    ("0044 20 7946 0018", "GB", "+442079460018"),
    ("011 44 20 7946 0018", "US", "+442079460018"),
    ("020 7946 0018", "GB", "+442079460018"),
    ("2079460018", "GB", "+442079460018"),
    ("442079460018", "GB", "+442079460018"),
    ("030/1234567", "DE", "+49301234567"),
    ("01.42.68.53.00", "FR", "+33142685300"),
    ("20 12 34 56", "DK", "+4520123456"),
    ("06 1234 5678", "IT", "+390612345678"),
    ("011 15 2345 6789", "AR", "+5491123456789"),
    ("+800 1234 5678", None, "+80012345678"),
    ("+1 800 555 0199", None, "+18005550199"),
]


@cache
def reader(region: str | None) -> NumberReader:
    return NumberReader(region)


def plain(cell: str, region: str | None) -> tuple[str | None, bool]:
    """Return phonenumbers' own answer for an undamaged cell: the number, and whether it is assigned.

    Numbers of area codes that only the project's table has are assigned too.
    """
    try:
        parsed = phonenumbers.parse(clean(cell), region)
    except phonenumbers.NumberParseException:
        return None, False
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(parsed):
        dear = phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE
        return (None, False) if dear else (number, True)
    national = phonenumbers.national_significant_number(parsed)
    if parsed.country_code == 1 and national[0] in "01":
        return None, False
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code)
    short = is_valid_short_number(parsed) or any(is_emergency_number(national, each) for each in regions)
    possible = phonenumbers.is_possible_number_with_reason(parsed) == ValidationResult.IS_POSSIBLE
    if possible and re.fullmatch(rf"\+1{newer_numbers()}", number):
        return number, True
    return (number, False) if possible and not short else (None, False)


NAMED = frozenset(
    f"number-{named}" for named in ("date", "decimal", "two", "lost-plus", "stray-zero", "outdated", "unseen")
)
"""What phonenumbers does not notice: damage, and that another number may be meant."""


def is_as_phonenumbers_says(cell: str, region: str | None, reading: ParsedNumber) -> bool:
    return reading.code in NAMED or answer(reading) == plain(cell, region)


def answer(reading: ParsedNumber) -> tuple[str | None, bool]:
    return reading.number, reading.number is not None and reading.code is None


def in_threes(digits: str, sign: str) -> str:
    return sign.join(re.findall("..?.?", digits))


def spellings(plus: str, country: str, national: str, prefixes: tuple[str, ...]) -> list[str]:
    whole = [
        national,
        country + national,
        f"{plus}{country}{national}",
        *(each + national for each in prefixes),
    ]
    return [
        *whole,
        f"{plus}{country} (0){national}",
        f"{plus}{country} {in_threes(national, ' ')}",
        f"({national[:3]}) {in_threes(national[3:], '-')}",
        in_threes(national, "."),
        f" {plus}({country}) {national}. ",
        f"00{country}{national}",
        f"011 {country} {national}",
    ]


def national_numbers(metadata: phonenumbers.PhoneMetadata) -> list[str]:
    descs = (
        *(
            metadata.general_desc,
            metadata.fixed_line,
            metadata.mobile,
            metadata.toll_free,
            metadata.premium_rate,
        ),
        *(metadata.shared_cost, metadata.personal_number, metadata.voip, metadata.pager, metadata.uan),
        metadata.voicemail,
    )
    return sorted({desc.example_number for desc in descs if desc and desc.example_number})


def misdialled(national: str, dice: random.Random) -> str:
    """Change the end of a number, and sometimes its length."""
    kept = dice.randrange(len(national) + 1)
    length = max(1, len(national) - kept + dice.choice((-1, 0, 0, 0, 1)))
    return national[:kept] + "".join(dice.choices("0123456789", k=length))


def cells_of(region: str, dice: random.Random) -> list[str]:
    """Return cells a list from this region might hold, right and wrong, one in four from abroad."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    prefixes = (metadata.national_prefix or "0", metadata.preferred_international_prefix or "00")
    cells = []
    for national in national_numbers(metadata):
        for each in (national, misdialled(national, dice), misdialled(national, dice)):
            cells += dice.sample(spellings("+", str(metadata.country_code), each, prefixes), 4)
    for each in dice.sample(REGIONS, 3):
        abroad = phonenumbers.PhoneMetadata.metadata_for_region(each)
        national = misdialled(dice.choice(national_numbers(abroad)), dice)
        cells += dice.sample(spellings("+", str(abroad.country_code), national, prefixes), 2)
    return cells


@pytest.mark.parametrize(("cell", "region", "number"), CLEAN)
def test_what_people_paste_is_read(cell, region, number):
    assert NumberReader(region).read(cell) == ParsedNumber(number, None, "")


@pytest.mark.parametrize(("cell", "region", "code"), REFUSED)
def test_what_is_wrong_is_named(cell, region, code):
    reading = NumberReader(region).read(cell)
    assert (reading.number, reading.code) == (None, code)
    assert reading.message.startswith(RULES[code].message)


@pytest.mark.parametrize(("cell", "region", "code", "number"), KEPT)
def test_a_doubtful_number_is_kept_with_a_warning(cell, region, code, number):
    assert NumberReader(region).read(cell) == ParsedNumber(number, code, RULES[code].message)


def test_the_whole_message_says_what_is_wrong_and_what_to_do():
    assert NumberReader("US").read("212555010") == ParsedNumber(
        None,
        "number-too-short",
        "too few digits: write the whole number, with its area code (9 digits found)",
    )


@pytest.mark.parametrize("cell", ["+15551234567", "(555) 123-4567", "Tel. 555-123-4567"])
def test_an_unassigned_number_is_refused_when_the_campaign_says_so(cell):
    reading = NumberReader("US", allow_unassigned=False).read(cell)
    assert reading == ParsedNumber(None, "number-unassigned", RULES["number-unassigned"].message)


def test_a_region_may_be_written_in_small_letters():
    assert NumberReader("gb").read("020 7946 0018").number == "+442079460018"


@pytest.mark.parametrize("region", ["UK", "", "001", "England"])
def test_an_unknown_region_is_refused(region):
    with pytest.raises(ValueError, match="ISO code"):
        NumberReader(region)


def test_every_rule_is_met_by_some_cell_and_severity_says_whether_a_number_is_kept():
    met = {code: "error" for _, _, code in REFUSED} | {code: "warning" for _, _, code, _ in KEPT}
    assert {code: rule.severity for code, rule in RULES.items()} == met


def test_codes_are_kebab_case_and_name_themselves():
    assert [
        code for code, rule in RULES.items() if code != rule.code or not re.fullmatch("number(-[a-z]+)+", code)
    ] == []


@pytest.mark.parametrize("allow_unassigned", [True, False])
def test_a_column_is_read_like_its_cells(allow_unassigned):
    column = [case[0] for case in (*REFUSED, *KEPT, *CLEAN)] * 3
    column += [
        "1" + "-" * 300 + "2125550100",
        "?",
        "\udc80",
        "212\n555\n0100",
        "\n",
        "2125550100.0  ",
        "21255501\u00b20",
    ]
    for region in (None, "US", "GB", "DE", "DK"):
        whole = NumberReader(region, allow_unassigned=allow_unassigned)
        single = NumberReader(region, allow_unassigned=allow_unassigned)
        expected = [single.read(cell) for cell in column]
        assert whole.read_all(column) == expected
        assert whole.read_all(iter(column)) == expected


def test_an_empty_column_has_no_readings():
    assert NumberReader("US").read_all([]) == []


NEW_CODES = ("621", "457", "483", "357", "679", "861", "436", "465", "471", "837", "924")


@pytest.mark.parametrize("code", NEW_CODES)
def test_an_area_code_of_the_table_is_known_although_phonenumbers_lags(code):
    told = NumberReader("US", allow_unassigned=False)
    known = [f"+1{code}5550123", f"1 {code} 555 0123", f"({code}) 234-5678"]
    assert [told.read(cell).code for cell in known] == [None] * 3
    assert [reading.code for reading in told.read_all(known * 2)] == [None] * 6
    assert told.read(f"+1{code}1550123").code == "number-unassigned"


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_is_read_as_phonenumbers_reads_it(region):
    cells = cells_of(region, random.Random(region))
    readings = NumberReader(region).read_all(cells * 2)
    found = zip(cells * 2, readings, strict=True)
    assert [(cell, read) for cell, read in found if not is_as_phonenumbers_says(cell, region, read)] == []


@settings(max_examples=300, deadline=None)
@given(
    region=st.sampled_from([None, *REGIONS]),
    cells=st.lists(
        st.from_regex(r"[ (]?\+?[0-9]{1,4}[ )-]{0,2}([0-9][ .-]?){4,14}[0-9]{1,2}", fullmatch=True),
        max_size=20,
    ),
)
def test_any_digits_are_read_as_phonenumbers_reads_them(region, cells):
    readings = reader(region).read_all(cells)
    assert readings == [reader(region).read(cell) for cell in cells]
    for cell, reading in zip(cells, readings, strict=True):
        assert is_as_phonenumbers_says(cell, region, reading)


@pytest.mark.parametrize("begun", ["52", "+52", "0052", "55", "57", "229", "225", "593", "39", "+39", "0039", "1"])
@pytest.mark.parametrize("region", ["TC", "US", "GB", "DE", "IT", "MX", "BJ", None])
def test_digits_that_may_be_out_of_date_are_read_alike_after_others_that_begin_so(begun, region):
    dice = random.Random(begun)
    cells = [begun + "".join(dice.choices("0123456789", k=size)) for size in (7, 8, 9, 10) for _ in range(40)]
    cells += [cell[:-6] + "".join(dice.choices("0123456789", k=6)) for cell in cells for _ in range(3)]
    assert NumberReader(region).read_all(cells) == list(map(NumberReader(region).read, cells))


@pytest.mark.parametrize("region", REGIONS)
def test_numbers_that_begin_alike_are_told_apart(region):
    dice = random.Random(region)
    begun = [cell[:-6] for cell in cells_of(region, dice) if cell[-6:].isdigit()][::4]
    cells = [begin + "".join(dice.choices("0123456789", k=6)) for begin in begun for _ in range(3)]
    readings = NumberReader(region).read_all(cells)
    assert readings == list(map(NumberReader(region).read, cells))
    found = zip(cells, readings, strict=True)
    assert [(cell, read) for cell, read in found if not is_as_phonenumbers_says(cell, region, read)] == []


@settings(max_examples=300, deadline=None)
@given(cells=st.lists(st.text(alphabet="+0123456789 .-()/,;xE'#\n\u00a0\u200b\uff10a", max_size=24), max_size=12))
def test_any_text_gets_the_same_reading_alone_and_in_a_column(cells):
    assert reader("DE").read_all(cells) == [reader("DE").read(cell) for cell in cells]


@settings(max_examples=200, deadline=None)
@given(
    st.from_regex(r"\+?[0-9\uff10-\uff19\u0660-\u0669]([ .()\u2010-\u2015\u00a0\u3000-]?[0-9]){6,14}", fullmatch=True)
)
def test_cleaning_changes_nothing_that_phonenumbers_can_read(cell):
    def e164(text):
        try:
            return phonenumbers.format_number(phonenumbers.parse(text, "DE"), phonenumbers.PhoneNumberFormat.E164)
        except phonenumbers.NumberParseException:
            return None

    assert e164(clean(cell)) == e164(cell)
