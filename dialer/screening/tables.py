"""The shipped tables, read and checked: calling windows, area codes, zips, and the zones of countries."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, TypeVar

from dialer.domain.screening.caps import read_caps
from dialer.domain.screening.geography import Geography, Place, plain
from dialer.domain.screening.windows import Window, read_spans
from dialer.errors import TableError
from dialer.numbers.regions import number_info, zone_prefix, zones_of
from dialer.screening.holidays import SETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.resources.abc import Traversable

    from dialer.domain.screening.windows import CallClass

Row = dict[str, str]
Value = TypeVar("Value")

_COLUMNS: Final[Mapping[str, str]] = {
    "calling_windows.csv": "jurisdiction call_class mon_fri sat sun holiday holiday_eve holiday_set cap"
    " cap_note consent_note effective_from effective_to source as_of verified confidence",
    "nanp_area_codes.tsv": "area_code country regions zones source as_of",
    "nanp_overrides.csv": "area_code country regions zones source as_of note",
    "nanp_services.csv": "area_code kind source as_of",
    "regions.csv": "region name zones source as_of",
    "region_names.csv": "name region",
    "territories.csv": "territory rules_of source as_of",
    "country_names.csv": "name country",
    "zip_prefixes.tsv": "first last regions zones source as_of",
    "postal_letters.csv": "letter regions source as_of",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All that screening for calling hours goes by; `as_of` is the day the oldest window was looked up."""

    windows: tuple[Window, ...]
    geography: Geography
    as_of: date


@cache
def load() -> Tables:
    """Read the tables that ship with the program, once."""
    return read_tables(files("dialer.data"))


def read_tables(folder: Traversable) -> Tables:
    """Read the tables of a folder; TableError, naming every bad row, when any of them is malformed."""
    reader = _Reader(folder=folder, zones=_read_zones())
    windows = tuple(reader.each("calling_windows.csv", reader.window))
    as_of = min((window.as_of for window in windows), default=date.min)
    geography = reader.geography(as_of)
    reader.check_windows(windows, geography)
    if reader.complaints:
        raise TableError("\n".join(reader.complaints))
    return Tables(windows=windows, geography=geography, as_of=as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zones:
    """The tzdata package's own tables of countries, zones and older names."""

    countries: Mapping[str, str]
    of_country: Mapping[str, frozenset[str]]
    country_names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    folder: Traversable
    zones: _Zones
    complaints: list[str] = field(default_factory=list)

    def each(self, name: str, read: Callable[[Row], Value]) -> Iterator[Value]:
        """Read every row of a table; a row that cannot be read becomes a complaint."""
        for line, row in self._rows(name):
            try:
                _stated(row)
                value = read(row)
            except (ValueError, LookupError) as problem:
                self.complaints.append(f"{name}:{line}: {problem}")
            else:
                yield value

    def _rows(self, name: str) -> Iterator[tuple[int, Row]]:
        columns = _COLUMNS[name].split()
        with self.folder.joinpath(name).open(encoding="utf-8") as file:
            reader = csv.reader(file, delimiter="\t" if name.endswith(".tsv") else ",", strict=True)
            heading = next(reader, [])
            if heading != columns:
                self.complaints.append(f"{name}:1: the columns are not {', '.join(columns)}")
                return
            for cells in reader:
                if len(cells) == len(columns):
                    yield reader.line_num, dict(zip(columns, cells, strict=True))
                else:
                    self.complaints.append(f"{name}:{reader.line_num}: {len(cells)} cells for {len(columns)} columns")

    def window(self, row: Row) -> Window:
        """Read a row of the calling windows."""
        jurisdiction, holiday_set = row["jurisdiction"], row["holiday_set"]
        _match(r"[A-Z]{2}(-[A-Z]{2,3})?", jurisdiction, "jurisdiction")
        if holiday_set and holiday_set not in SETS:
            _refuse(f"holiday set {holiday_set!r} is unknown")
        holiday = None if row["holiday"] == "open" else read_spans(row["holiday"])
        if holiday is not None and not holiday_set:
            _refuse("hours on holidays without a holiday set")
        return Window(
            jurisdiction=jurisdiction,
            call_class=_call_class(row["call_class"]),
            weekdays=read_spans(row["mon_fri"]),
            saturday=read_spans(row["sat"]),
            sunday=read_spans(row["sun"]),
            holiday=holiday,
            holiday_eve=read_spans(row["holiday_eve"]) if row["holiday_eve"] else None,
            holiday_set=holiday_set,
            caps=read_caps(row["cap"], origin=jurisdiction),
            effective_from=_day(row["effective_from"], date.min),
            effective_to=_day(row["effective_to"], date.max),
            source=row["source"],
            as_of=date.fromisoformat(row["as_of"]),
            verified=row["verified"],
            confidence=row["confidence"],
        )

    def geography(self, as_of: date) -> Geography:
        """Read all the geography."""
        regions = dict(self.each("regions.csv", self._region))
        area_codes = dict(self.each("nanp_area_codes.tsv", self._area_code))
        zip_prefixes: dict[str, Place] = {}
        for prefixes in self.each("zip_prefixes.tsv", self._zip_prefixes):
            zip_prefixes |= prefixes
        return Geography(
            area_codes=area_codes | dict(self.each("nanp_overrides.csv", self._area_code)),
            services=dict(self.each("nanp_services.csv", _service)),
            regions={region: place for region, (_, place) in regions.items()},
            region_names={
                **_region_names({region: name for region, (name, _) in regions.items()}),
                **dict(self.each("region_names.csv", lambda row: _region_name(row, regions))),
            },
            zip_prefixes=zip_prefixes,
            postal_letters=dict(self.each("postal_letters.csv", lambda row: _postal_letter(row, regions))),
            territories=_american(regions) | dict(self.each("territories.csv", self._territory)),
            country_names={
                **self.zones.country_names,
                **dict(self.each("country_names.csv", self._country_name)),
            },
            country_zones=self.zones.of_country,
            zone_countries=self.zones.countries,
            zone_names={name.casefold(): name for name in self.zones.countries if "/" in name},
            number_info=number_info,
            zone_prefix=zone_prefix,
            zones_of=zones_of,
            as_of=as_of,
        )

    def check_windows(self, windows: tuple[Window, ...], geography: Geography) -> None:
        """Complain of windows for parts whose country has none and for regions that are not in the geography."""
        countries = {window.jurisdiction for window in windows if "-" not in window.jurisdiction}
        for name in sorted({window.jurisdiction for window in windows} - countries):
            if name.partition("-")[0] not in countries or name not in geography.regions:
                self.complaints.append(f"calling_windows.csv: {name} is no region of a country with a window")

    def _region(self, row: Row) -> tuple[str, tuple[str, Place]]:
        return row["region"], (row["name"], self._place(row["region"][:2], row["region"], row["zones"]))

    def _area_code(self, row: Row) -> tuple[str, Place]:
        code = _match(r"[2-9]\d\d", row["area_code"], "area code")
        place = self._place(row["country"], row["regions"], row["zones"])
        return code, Place(zones=place.zones, jurisdictions=place.jurisdictions, source=f"area code {code}")

    def _zip_prefixes(self, row: Row) -> dict[str, Place]:
        first, last = (_match(r"\d{3}|\d{5}", row[name], "zip prefix") for name in ("first", "last"))
        if len(first) != len(last) or first > last:
            _refuse(f"zip prefixes {first} to {last} are no range")
        place = self._place("US", row["regions"], row["zones"])
        return {f"{prefix:0{len(first)}}": place for prefix in range(int(first), int(last) + 1)}

    def _territory(self, row: Row) -> tuple[str, str]:
        return self._country(row["territory"]), self._country(row["rules_of"])

    def _country_name(self, row: Row) -> tuple[str, str]:
        return plain(row["name"]), self._country(row["country"])

    def _place(self, country: str, regions: str, zones: str) -> Place:
        unknown = [zone for zone in zones.split() if zone not in self.zones.countries]
        if unknown or not zones:
            _refuse(f"zones {', '.join(unknown) or 'missing'}: not in the tzdata package")
        names = [_match(rf"{self._country(country)}-[A-Z]{{2}}", name, "region") for name in regions.split()]
        return Place(zones=frozenset(zones.split()), jurisdictions=frozenset({country, *names}))

    def _country(self, code: str) -> str:
        return code if code in self.zones.of_country else _refuse(f"country {code!r} is unknown")


def _stated(row: Row) -> None:
    if not row.get("source", "stated"):
        _refuse("no source")
    date.fromisoformat(row.get("as_of", "2000-01-01"))


def _refuse(message: str) -> str:
    raise ValueError(message)


def _match(pattern: str, text: str, what: str) -> str:
    return text if re.fullmatch(pattern, text) else _refuse(f"{what} {text!r} is malformed")


def _day(text: str, otherwise: date) -> date:
    return date.fromisoformat(text) if text else otherwise


def _call_class(text: str) -> CallClass:
    classes: dict[str, CallClass] = {"any": "any", "prerecorded": "prerecorded"}
    return classes[text] if text in classes else classes[_refuse(f"call class {text!r} is unknown")]


def _service(row: Row) -> tuple[str, str]:
    return _match(r"[2-9]\d\d", row["area_code"], "area code"), row["kind"]


def _postal_letter(row: Row, regions: Mapping[str, tuple[str, Place]]) -> tuple[str, Place]:
    places = [regions[name][1] for name in row["regions"].split()]
    zones = frozenset[str]().union(*(place.zones for place in places))
    jurisdictions = frozenset[str]().union(*(place.jurisdictions for place in places))
    return row["letter"], Place(zones=zones, jurisdictions=jurisdictions)


def _region_names(names: Mapping[str, str]) -> dict[str, str]:
    codes = {plain(code): region for region in names for code in (region, region.partition("-")[2])}
    return codes | {plain(name): region for region, name in names.items()}


def _region_name(row: Row, regions: Mapping[str, object]) -> tuple[str, str]:
    region = row["region"]
    return plain(row["name"]), region if region in regions else _refuse(f"region {region!r} is unknown")


def _american(regions: Mapping[str, object]) -> dict[str, str]:
    """Return the US territories that have country codes of their own, each as ruled by the US."""
    return {code: "US" for code in ("AS", "GU", "MP", "PR", "VI") if f"US-{code}" in regions}


def _read_zones() -> _Zones:
    folder = files("tzdata.zoneinfo")
    listed = [line.split("\t") for line in _lines(folder, "zone.tab")]
    countries = {cells[2]: cells[0] for cells in listed}
    links = [line.split()[1:] for line in _lines(folder, "tzdata.zi") if line.startswith("L ")]
    # Older names point at the zone they became, which may itself be an older name of another.
    for _ in range(2):
        countries = {name: countries[zone] for zone, name in links if zone in countries} | countries
    names = (line.split("\t")[:2] for line in _lines(folder, "iso3166.tab"))
    return _Zones(
        countries=countries,
        of_country={code: frozenset(cells[2] for cells in listed if cells[0] == code) for code in countries.values()},
        country_names={plain(name): code for code, name in names},
    )


def _lines(folder: Traversable, name: str) -> list[str]:
    text = folder.joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
