"""Where a person may be: numbers, columns, and what is said when no place is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.domain.screening.location import Address, Location, NoLocation, locate, unclear

if TYPE_CHECKING:
    from dialer.screening.tables import Tables


def found(tables: Tables, number: str, columns: dict[str, str]) -> tuple[str, str]:
    """Return zones and jurisdictions in one line each, zones without their continent when it is America."""
    where = locate(number, Address(**columns), geography=tables.geography)
    assert isinstance(where, Location), where
    zones = sorted(zone.removeprefix("America/") for zone in where.zones)
    return " ".join(zones), " ".join(sorted(where.jurisdictions))


@pytest.mark.parametrize(
    ("number", "zones", "jurisdictions"),
    [
        ("+12125550123", "New_York", "US US-NY"),
        ("+12025550123", "New_York", "US US-DC"),
        ("+18505550123", "Chicago New_York", "US US-FL"),
        ("+14485550123", "Chicago New_York", "US US-FL"),
        ("+13645550123", "Chicago New_York", "US US-KY"),
        ("+19305550123", "Chicago New_York", "US US-IN"),
        ("+17295550123", "Chicago New_York", "US US-TN"),
        ("+12085550123", "Boise Los_Angeles", "US US-ID"),
        ("+14585550123", "Boise Los_Angeles", "US US-OR"),
        ("+17755550123", "Boise Los_Angeles", "US US-NV"),
        ("+19285550123", "Denver Phoenix", "US US-AZ"),
        ("+19075550123", "Adak Anchorage Pacific/Honolulu", "US US-AK"),
        ("+17015550123", "Chicago Denver", "US US-ND"),
        ("+17875550123", "Puerto_Rico", "US US-PR"),
        ("+16045550123", "Vancouver", "CA CA-BC"),
        ("+12505550123", "Edmonton Vancouver", "CA CA-BC"),
        ("+18795550123", "Halifax St_Johns", "CA CA-NL"),
        ("+18675550123", "Edmonton Toronto Vancouver Winnipeg", "CA CA-NT CA-NU CA-YT"),
        ("+13675550123", "Halifax Toronto", "CA CA-QC"),
        ("+14745550123", "Regina", "CA CA-SK"),
        ("+19025550123", "Halifax", "CA CA-NS CA-PE"),
        ("+18765550123", "Jamaica", "JM"),
        ("+33612345678", "Europe/Paris", "FR"),
        ("+262692123456", "Indian/Reunion", "FR"),
        ("+590690001234", "Guadeloupe", "FR"),
        ("+447400123456", "Europe/London", "GB"),
        ("+441534123456", "Europe/Jersey", "GB"),
        ("+34612345678", "Africa/Ceuta Atlantic/Canary Europe/Madrid", "ES"),
        ("+393331234567", "Europe/Rome", "IT"),
        ("+919812345678", "Asia/Kolkata", "IN"),
        ("+61291234567", "Australia/Sydney", "AU"),
        ("+61891641234", "Indian/Christmas", "AU"),
        ("+6281234567890", "Asia/Jakarta Asia/Jayapura Asia/Makassar Asia/Pontianak", "ID"),
        ("+5511987654321", "Sao_Paulo", "BR"),
        ("+5592987654321", "Manaus", "BR"),
        ("+351912345678", "Atlantic/Azores Atlantic/Madeira Europe/Lisbon", "PT"),
    ],
)
def test_a_number_alone_gives_every_zone_it_may_ring_in(
    tables: Tables, number: str, zones: str, jurisdictions: str
) -> None:
    assert found(tables, number, {}) == (zones, jurisdictions)


def test_an_australian_mobile_may_be_anywhere_in_australia(tables: Tables) -> None:
    where = locate("+61412345678", geography=tables.geography)
    assert isinstance(where, Location)
    assert where.zones == tables.geography.country_zones["AU"]


@pytest.mark.parametrize(
    ("number", "columns", "zones", "jurisdictions"),
    [
        ("+13055550123", {"state": "WA"}, "Los_Angeles New_York", "US US-FL US-WA"),
        ("+13055550123", {"state": " washington "}, "Los_Angeles New_York", "US US-FL US-WA"),
        ("+13055550123", {"state": "FL"}, "Chicago New_York", "US US-FL"),
        ("+12025550123", {"state": "D.C."}, "New_York", "US US-DC"),
        ("+13055550123", {"zip_code": "98101"}, "Los_Angeles New_York", "US US-FL US-WA"),
        ("+18505550123", {"zip_code": "32501"}, "Chicago", "US US-FL"),
        ("+18505550123", {"zip_code": "32301-1234"}, "New_York", "US US-FL"),
        ("+12125550123", {"zip_code": "2101"}, "New_York", "US US-MA US-NY"),
        ("+12125550123", {"zip_code": "06390"}, "New_York", "US US-CT US-NY"),
        ("+12125550123", {"zip_code": "06390", "state": "NY"}, "New_York", "US US-NY"),
        ("+12125550123", {"zip_code": "10001", "state": "TX"}, "Chicago Denver New_York", "US US-NY US-TX"),
        ("+18085550123", {"zip_code": "96799"}, "Pacific/Honolulu Pacific/Pago_Pago", "US US-AS US-HI"),
        ("+14165550123", {"zip_code": "v6b 1a1"}, "Edmonton Toronto Vancouver", "CA CA-BC CA-ON"),
        ("+18505550123", {"timezone": "America/Chicago"}, "Chicago", "US US-FL"),
        ("+18505550123", {"timezone": "us/central"}, "US/Central", "US US-FL"),
        ("+18505550123", {"timezone": "America/Denver"}, "Chicago Denver New_York", "US US-FL"),
        ("+12125550123", {"timezone": "Europe/Paris"}, "Europe/Paris New_York", "FR US US-NY"),
        ("+12125550123", {"timezone": "America/Havana"}, "Havana New_York", "CU US US-NY"),
        ("+61412345678", {"timezone": "Australia/Perth"}, "Australia/Perth", "AU"),
        ("+61291234567", {"state": "WA"}, "Australia/Sydney", "AU"),
        ("+79161234567", {"timezone": "Europe/Moscow"}, "Europe/Moscow", "RU"),
        ("+12125550123", {"country": "US"}, "New_York", "US US-NY"),
        ("+12125550123", {"country": "Puerto Rico"}, "New_York Puerto_Rico", "US US-NY US-PR"),
        (
            "+12125550123",
            {"country": "Canada", "state": "ON"},
            "New_York Toronto Winnipeg",
            "CA CA-ON US US-NY",
        ),
        ("+12125550123", {"country": "France"}, "Europe/Paris New_York", "FR US US-NY"),
        ("+442079460123", {"country": "USA", "state": "NY"}, "Europe/London New_York", "GB US US-NY"),
        ("+12125550123", {"country": "Elbonia", "state": "?", "zip_code": "n/a"}, "New_York", "US US-NY"),
        ("+18005550123", {"state": "TX"}, "Chicago Denver", "US US-TX"),
        ("+18005550123", {"zip_code": "75201"}, "Chicago", "US US-TX"),
        ("+18005550123", {"timezone": "America/Chicago", "state": "TX"}, "Chicago", "US US-TX"),
        ("+80012345678", {"country": "de"}, "Europe/Berlin Europe/Busingen", "DE"),
    ],
)
def test_number_and_address_both_count(
    tables: Tables, number: str, columns: dict[str, str], zones: str, jurisdictions: str
) -> None:
    assert found(tables, number, columns) == (zones, jurisdictions)


STATES = 51
PROVINCES = 13


def parts(where: Location, country: str) -> set[str]:
    return {name for name in where.jurisdictions if name.startswith(f"{country}-")}


@pytest.mark.parametrize("code", ["200", "222", "265", "383", "555", "624", "836", "921", "987"])
def test_an_unlisted_area_code_may_be_in_every_state_and_province(tables: Tables, code: str) -> None:
    where = locate(f"+1{code}5550123", geography=tables.geography)
    assert isinstance(where, Location)
    assert (len(parts(where, "US")), len(parts(where, "CA"))) == (STATES, PROVINCES)
    assert {"Pacific/Honolulu", "America/Anchorage", "America/St_Johns"} <= where.zones
    assert where.source == f"area code {code}, not in the table: anywhere in the United States or Canada"
    assert where.named == "CA and any of its 13 parts, US and any of its 51 parts"
    hawaii = (frozenset({"Pacific/Honolulu"}), frozenset({"US", "US-HI"}))
    assert hawaii in where.each()


@pytest.mark.parametrize(
    ("columns", "zones", "jurisdictions"),
    [
        ({"state": "TX"}, "Chicago Denver", "US US-TX"),
        ({"zip_code": "33101"}, "New_York", "US US-FL"),
        ({"state": "Ontario", "country": "Canada"}, "New_York Toronto Winnipeg", "CA CA-ON"),
        ({"state": "TX", "timezone": "America/Chicago"}, "Chicago", "US US-TX"),
    ],
)
def test_an_address_places_a_number_of_an_unlisted_area_code_alone(
    tables: Tables, columns: dict[str, str], zones: str, jurisdictions: str
) -> None:
    given, named = found(tables, "+12655550123", columns)
    assert (set(zones.split()) - {"New_York"} <= set(given.split()), named) == (True, jurisdictions)


@pytest.mark.parametrize(
    ("number", "columns", "within", "without"),
    [
        ("+18005550123", {"timezone": "America/Chicago"}, "US-TX US-LA US-SD US-IN", "US-NY US-CA US-HI"),
        ("+12655550123", {"timezone": "Pacific/Honolulu"}, "US-HI", "US-NY US-TX CA-BC"),
        ("+442079460123", {"country": "U.S.A."}, "GB US-NY US-HI US-AK", "CA-ON"),
        ("+442079460123", {"country": "Canada"}, "GB CA-ON CA-NL", "US-NY"),
        ("+18005550123", {"country": "Canada"}, "CA-BC CA-NS", "US-NY"),
        ("+12655550123", {"country": "France"}, "FR US-NY US-HI CA-ON", "DE"),
    ],
)
def test_who_may_be_in_any_state_is_bound_by_all_that_the_clocks_leave_possible(
    tables: Tables, number: str, columns: dict[str, str], within: str, without: str
) -> None:
    where = locate(number, Address(**columns), geography=tables.geography)
    assert isinstance(where, Location)
    assert set(within.split()) <= where.jurisdictions
    assert not set(without.split()) & where.jurisdictions
    assert where.jurisdictions == frozenset().union(*(names for _, names in where.each()))
    assert where.zones == frozenset().union(*(zones for zones, _ in where.each()))


def test_islands_with_area_codes_of_their_own_are_not_where_an_unlisted_one_may_be(tables: Tables) -> None:
    where = locate("+12655550123", geography=tables.geography)
    assert isinstance(where, Location)
    assert not {"US-GU", "US-PR", "US-AS", "US-VI", "US-MP"} & where.jurisdictions
    assert "CA-YT" in where.jurisdictions  # YT is Mayotte's code, too


def test_the_source_names_number_and_columns(tables: Tables) -> None:
    where = locate(
        "+18505550123", Address(state="FL", zip_code="32501", timezone="America/Chicago"), geography=tables.geography
    )
    assert isinstance(where, Location)
    assert where.source == ("area code 850 + zip column 32501 + state column FL + timezone column America/Chicago")


@pytest.mark.parametrize("name", ["EST", "CST", "IST", "UTC", "GMT+1", "+02:00", "Etc/GMT+5", "Mars/Olympus", "../x"])
def test_a_time_zone_that_names_no_place_is_refused(tables: Tables, name: str) -> None:
    assert locate("+12125550123", Address(timezone=name), geography=tables.geography) == NoLocation(
        reason=f"timezone {name!r} names no place: abbreviations and offsets are ambiguous",
        supply="a timezone such as America/New_York",
    )


IN_NANP, ABROAD = "a state, zip or timezone column", "a country or timezone column"


@pytest.mark.parametrize(
    ("number", "columns", "reason", "supply"),
    [
        ("+18005550123", {}, "no place is known: a toll-free number (800)", IN_NANP),
        ("+18445550123", {"country": "US"}, "no place is known: a toll-free number (844)", IN_NANP),
        ("+15005550123", {}, "no place is known: a non-geographic number (500)", IN_NANP),
        ("+19005550123", {}, "no place is known: a premium-rate number (900)", IN_NANP),
        ("+19115550123", {}, "no place is known: a service number (911)", IN_NANP),
        *(
            (f"+1{code}5550123", {}, f"no place is known: a service number ({code})", IN_NANP)
            for code in ("211", "311")
        ),
        *(
            (f"+1{code}5550123", {}, f"no place is known: {code}, which is never an area code", IN_NANP)
            for code in ("290", "370", "379", "960", "969", "999", "595")
        ),
        ("+11234567890", {}, "no place is known: a number that cannot be a +1 number", IN_NANP),
        (
            "+18005550123",
            {"state": "Elbonia"},
            "no place is known: a toll-free number (800) + state column 'Elbonia', which is not understood",
            IN_NANP,
        ),
        ("+448001234567", {}, "no place is known: a toll-free number", ABROAD),
        ("+80012345678", {}, "no place is known: calling code +800, which has no country", ABROAD),
        ("+99912345", {}, "no place is known: a number that cannot be read", ABROAD),
        ("+79161234567", {}, "11 different clocks are possible: calling code +7, RU", "a timezone column"),
    ],
)
def test_a_number_without_a_place_says_what_to_supply(
    tables: Tables, number: str, columns: dict[str, str], reason: str, supply: str
) -> None:
    assert locate(number, Address(**columns), geography=tables.geography) == NoLocation(reason=reason, supply=supply)


@pytest.mark.parametrize(
    ("columns", "nanp", "part"),
    [
        ({}, True, ""),
        ({"state": "Fla.", "zip_code": "33101.0", "country": "U.S.A."}, True, ""),
        ({"state": "Baja California"}, True, "state"),
        ({"zip_code": "n/a"}, True, "zip_code"),
        ({"country": "Elbonia", "state": "?"}, True, "country"),
        ({"country": "Elbonia"}, False, "country"),
        ({"state": "NSW", "zip_code": "2000"}, False, ""),
        ({"state": "NSW", "country": "Australia"}, True, ""),
        ({"state": "NSW", "country": "Canada"}, False, "state"),
    ],
)
def test_an_address_is_unclear_where_a_field_that_counts_cannot_be_read(
    tables: Tables, columns: dict[str, str], nanp: bool, part: str
) -> None:
    assert unclear(Address(**columns), tables.geography, nanp=nanp) == part
