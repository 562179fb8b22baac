"""The shipped tables load whole, and a malformed one is refused with every bad row."""

from __future__ import annotations

import shutil
from dataclasses import replace as replaced
from datetime import date
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import pytest

from dialer.domain.screening.geography import plain
from dialer.errors import TableError
from dialer.screening.tables import Tables, read_tables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with as_file(files("dialer.data")) as shipped:
        shutil.copytree(shipped, tmp_path / "data")
    return tmp_path / "data"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def complaints(folder: Path) -> list[str]:
    with pytest.raises(TableError) as caught:
        read_tables(folder)
    return str(caught.value).splitlines()


def test_every_window_names_its_source_and_its_day(tables: Tables) -> None:
    assert len(tables.windows) == 44
    assert all(window.source and window.verified and window.confidence for window in tables.windows)
    days = {window.as_of: window.jurisdiction for window in tables.windows}
    assert (min(days), sorted(days)) == (tables.as_of, [date(2026, 11, 23), date(2026, 11, 25)])
    newer = {window.jurisdiction: window.confidence for window in tables.windows if window.as_of > tables.as_of}
    assert newer == {"BR": "medium", "CO": "medium", "PE": "low", "NZ": "medium", "PT": "medium"}


@pytest.mark.parametrize(
    ("newer", "parent"),
    [
        *(("621", "713"), ("457", "318"), ("483", "334"), ("357", "559"), ("679", "313"), ("861", "309")),
        *(("436", "440"), ("465", "347"), ("471", "662"), ("837", "530"), ("924", "507")),
    ],
)
def test_an_overlay_lies_where_the_code_lies_that_it_overlays(tables: Tables, newer: str, parent: str) -> None:
    codes = tables.geography.area_codes
    assert codes[newer] == replaced(codes[parent], source=f"area code {newer}")


def test_only_one_row_of_a_jurisdiction_and_class_is_in_force_on_a_day(tables: Tables) -> None:
    for day in (
        date(2026, 1, 1),
        date(2026, 10, 17),
        date(2026, 10, 18),
        date(2026, 11, 23),
        date(2030, 1, 1),
    ):
        keys = [(row.jurisdiction, row.call_class) for row in tables.windows if row.in_force(day)]
        assert len(keys) == len(set(keys))


def test_every_area_code_lies_in_the_zones_of_its_states(tables: Tables) -> None:
    geography = tables.geography
    beyond = {
        code
        for code, place in geography.area_codes.items()
        if (names := place.jurisdictions & geography.regions.keys())
        and not geography.clocks(place.zones)
        <= geography.clocks(frozenset[str]().union(*(geography.regions[name].zones for name in names)))
    }
    # Alaska's code is kept to Hawaii's clock as well, for the part of the Aleutians without summer time.
    assert beyond == {"907"}


def test_every_area_code_of_the_us_and_canada_has_a_region(tables: Tables) -> None:
    places = tables.geography.area_codes.items()
    assert [code for code, place in places if place.jurisdictions <= {"US", "CA"}] == []


def test_every_zip_lies_in_the_zones_of_its_states(tables: Tables) -> None:
    geography = tables.geography
    for prefix, place in geography.zip_prefixes.items():
        names = place.jurisdictions - {"US"}
        zones = frozenset[str]().union(*(geography.regions[name].zones for name in names))
        assert geography.clocks(place.zones) <= geography.clocks(zones), prefix


def test_no_area_code_is_both_a_place_and_a_service(tables: Tables) -> None:
    assert tables.geography.area_codes.keys() & tables.geography.services.keys() == set()


def test_every_bad_row_is_named_at_once(folder: Path) -> None:
    windows = folder / "calling_windows.csv"
    replace(windows, "US-AL,any,08:00-20:00", "US-AL,any,20:00-08:00")
    replace(windows, "US-CT,any", "US-CT,all")
    replace(windows, '3/24h,"per subject', '3 a day,"per subject')
    replace(windows, "closed,,LA", "closed,,XX")
    replace(windows, "815 ILCS 305/15", "")
    replace(windows, "US-KY", "USA-KY")
    replace(windows, "US-ME,", "")
    replace(folder / "nanp_area_codes.tsv", "America/Chicago", "America/Chikago")
    replace(folder / "nanp_overrides.csv", "208,US", "208,XX")
    assert complaints(folder) == [
        "calling_windows.csv:3: hours 20:00-08:00 are empty or cross midnight: give each day its own",
        "calling_windows.csv:4: call class 'all' is unknown",
        "calling_windows.csv:5: cap '3 a day' is not calls/period, such as 3/24h",
        "calling_windows.csv:6: no source",
        "calling_windows.csv:8: jurisdiction 'USA-KY' is malformed",
        "calling_windows.csv:9: holiday set 'XX' is unknown",
        "calling_windows.csv:10: 16 cells for 17 columns",
        "nanp_area_codes.tsv:6: zones America/Chikago: not in the tzdata package",
        "nanp_overrides.csv:2: country 'XX' is unknown",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        (
            "calling_windows.csv",
            "jurisdiction,",
            "place,",
            "calling_windows.csv:1: the columns are not jurisdiction, call_class",
        ),
        (
            "calling_windows.csv",
            "2026-11-23",
            "23/11/2026",
            "calling_windows.csv:2: Invalid isoformat string",
        ),
        (
            "calling_windows.csv",
            "closed,,AL",
            "closed,,",
            "calling_windows.csv:3: hours on holidays without a",
        ),
        ("calling_windows.csv", "US-AL", "US-ZZ", "calling_windows.csv: US-ZZ is no region of a country"),
        (
            "zip_prefixes.tsv",
            "006\t007",
            "007\t006",
            "zip_prefixes.tsv:3: zip prefixes 007 to 006 are no range",
        ),
        ("regions.csv", "US-CT", "XX-CT", "regions.csv:2: country 'XX' is unknown"),
        ("postal_letters.csv", "CA-NL", "CA-ZZ", "postal_letters.csv:2: 'CA-ZZ'"),
        ("territories.csv", "RE,FR", "RE,XX", "territories.csv:2: country 'XX' is unknown"),
        ("region_names.csv", ",US-FL", ",US-ZZ", "region 'US-ZZ' is unknown"),
        ("country_names.csv", ",ES", ",E", "country 'E' is unknown"),
        ("nanp_services.csv", "456", "156", "area code '156' is malformed"),
    ],
)
def test_a_malformed_table_is_refused(folder: Path, name: str, old: str, new: str, complaint: str) -> None:
    replace(folder / name, old, new)
    assert any(complaint in line for line in complaints(folder))


@pytest.mark.parametrize(
    ("text", "region"),
    [
        *(("Québec", "CA-QC"), ("QUEBEC", "CA-QC"), ("PQ", "CA-QC"), ("Newfoundland", "CA-NL")),
        *(("Île-du-Prince-Édouard", "CA-PE"), ("Fla.", "US-FL"), ("Calif.", "US-CA"), ("W. Va.", "US-WV")),
        *(("Florida, USA", "US-FL"), ("Florida,U.S.A.", "US-FL"), ("FL US", "US-FL"), ("US-FL", "US-FL")),
        *(("Washington, D.C.", "US-DC"), ("Ontario, Canada", "CA-ON"), ("New  York", "US-NY")),
    ],
)
def test_a_region_is_found_however_it_is_usually_written(tables: Tables, text: str, region: str) -> None:
    assert tables.geography.region(text) == tables.geography.regions[region]


@pytest.mark.parametrize("text", ["", " ", "?", "-", "N/A", "n/d", "Florida, Canada", "Baja California", ", USA"])
def test_what_names_no_region_is_none(tables: Tables, text: str) -> None:
    assert tables.geography.region(text) is None


@pytest.mark.parametrize(
    ("text", "country"),
    [
        *(("México", "MX"), ("mexico", "MX"), ("Brasil", "BR"), ("Österreich", "AT"), ("ESPAÑA", "ES")),
        *(("U.S.A.", "US"), ("U.K.", "GB"), ("Cote d'Ivoire", "CI"), ("Deutschland", "DE"), ("N.A.", None), ("", None)),
    ],
)
def test_a_country_is_found_with_and_without_accents(tables: Tables, text: str, country: str | None) -> None:
    assert tables.geography.country(text) == country


def test_a_zip_that_became_a_decimal_is_still_one(tables: Tables) -> None:
    of = tables.geography.zip_or_postal_code
    assert (of("33101.0"), of("2101.0"), of("33101.5")) == (of("33101"), of("02101"), None)


def test_no_name_stands_for_two_regions_or_countries() -> None:
    for table in ("region_names.csv", "country_names.csv"):
        names = [line.partition(",")[0] for line in (files("dialer.data") / table).read_text("utf-8").splitlines()[1:]]
        assert len({plain(name) for name in names}) == len(names)
