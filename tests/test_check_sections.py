"""The sections of `dialer check`: a fault never drowns, and who is not rung is told when or by which setting."""

from __future__ import annotations

import random
import re

import pytest

from dialer.cli.terminal import fitted
from dialer.lists.likely_region import MOST_CELLS, likely_regions
from dialer.numbers.reader import NumberReader

pytest_plugins = ("commands",)

CENTRAL = 'name = "world"\n[list]\nregion = "US"\n[hours]\ntimezone = "America/Chicago"\n'
NIGHT = ("--at", "2026-11-25T10:00")


def check(dialer, *words, code=None):
    return fitted(dialer.here("check", "list.csv", "-c", "campaign.toml", *words, code=code).out, 80)


def section(text, title):
    """Return the lines from a title to the next title, without the empty ones."""
    _, _, behind = text.partition(f"\n{title}")
    lines = behind.splitlines()[1:]
    end = next((at for at, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    counts = next(
        (at for at, line in enumerate(lines) if re.fullmatch(r" +(ready|invalid|held|deferred|recent) +\d+", line)), end
    )
    return [line for line in lines[: min(end, counts)] if line]


def test_a_fault_stands_before_thousands_that_are_only_asleep(dialer):
    dialer.write_campaign(CENTRAL)
    asleep = [[f"+1212555{number:04}"] for number in range(100, 200)]
    dialer.write_list([["1.2E+10"], *asleep])
    text = check(dialer, *NIGHT)
    assert text.splitlines()[:2] == [
        "check of world: 0 of 101 people can be called at Wed 2026-11-25 04:00 CST (10:00",
        "  UTC)",
    ]
    assert text.index("number-scientific") < text.index("outside-hours")
    assert section(text, "Not to be rung, or not now.") == [
        "  100  outside-hours: the calling hours of the person are closed at that moment",
        "       -> run it when they are open, or let the run wait: [hours] when_closed =",
        '          "wait"',
        "          100  from Wed 2026-11-25 07:00 CST (13:00 UTC): US",
    ]


def test_openings_are_counted_the_earliest_first_and_never_name_many_zones(dialer):
    dialer.write_campaign(CENTRAL)
    codes = (*("212", "305", "312", "303", "310", "907", "808", "202"), "502", "617")
    dialer.write_list([[f"+1{code}5550123"] for code in codes] + [["+61412345678"], ["+14165550123"]])
    told = section(check(dialer, *NIGHT), "Not to be rung, or not now.")
    assert told[3:] == [
        "         4  from Wed 2026-11-25 07:00 CST (13:00 UTC): US",
        "         1  from Wed 2026-11-25 08:30 CST (14:30 UTC): CA",
        "         3  from Wed 2026-11-25 09:00 CST (15:00 UTC): US",
        "         1  from Wed 2026-11-25 10:00 CST (16:00 UTC): US",
        "         2  from Wed 2026-11-25 12:00 CST (18:00 UTC): US",
        "         1  from Wed 2026-11-25 19:00 CST (Thu 2026-11-26 01:00 UTC): AU",
    ]


def test_held_countries_are_counted_with_the_one_key_that_lets_them_be_rung(dialer):
    dialer.write_campaign(CENTRAL)
    rows = [["+81 90 1234 5678"], ["+46 70 123 45 67"], ["+81 90 1234 5679"], ["+1 800 555 0123"], ["+20 2 555 0131"]]
    dialer.write_list(rows)
    noon = ("--at", "2026-11-26T03:00")
    told = section(check(dialer, *noon), "Settings.")
    assert told[-11:] == [
        "        2  no calling window is known for JP (first in row 2)",
        "        1  no calling window is known for SE (first in row 3)",
        "        1  no place is known: a toll-free number (800) (first in row 5)",
        "        1  no calling window is known for EG, and no such number is known there:",
        "           look for a lost or mistyped digit, or a + too many (first in row 6)",
        "        to ring them, say under [hours] in the campaign, with hours you can",
        "          answer for:",
        "    windows = [",
        '      { country = "JP", mon_fri = "10:00-19:00", source = "…" },',
        '      { country = "SE", mon_fri = "10:00-19:00", source = "…" },',
        "    ]",
    ]
    pasted = "\n".join(line.strip() for line in told[-4:])
    dialer.write_campaign(CENTRAL + pasted.replace("…", "our counsel, 2026-11") + "\n")
    told = dialer.here("check", "list.csv", "-c", "campaign.toml", *noon, "--json", code=None).json
    assert told["outcomes"] == {"ready": 2, "held": 2, "deferred": 1}


def test_a_campaign_with_windows_is_told_only_what_to_add(dialer):
    dialer.write_campaign(CENTRAL + 'windows = [{ country = "SE", mon_fri = "10:00-19:00", source = "us" }]\n')
    dialer.write_list([["+81 90 1234 5678"], ["+46 70 123 45 67"]])
    told = section(check(dialer, *NIGHT), "Settings.")
    assert told[-3:] == [
        "        to ring them, add to windows under [hours] in the campaign, with hours",
        "          you can answer for:",
        '      { country = "JP", mon_fri = "10:00-19:00", source = "…" },',
    ]
    assert "1 row: give the campaign hours for JP, such as" in check(dialer, *NIGHT)


def test_the_reasons_are_in_the_json_too(dialer):
    dialer.write_campaign(CENTRAL)
    dialer.write_list([["+81 90 1234 5678"], ["+12125550101"], ["+12125550102"]])
    told = dialer.here("check", "list.csv", "-c", "campaign.toml", *NIGHT, "--json", code=None).json
    groups = {group["code"]: (group["section"], group.get("reasons")) for group in told["problems"]}
    assert groups == {
        "outside-hours": (
            "not-now",
            [{"count": 2, "says": "", "opens": "2026-11-25T13:00:00+00:00", "countries": ["US"], "first_row": 3}],
        ),
        "no-calling-hours": (
            "settings",
            [
                {
                    "count": 1,
                    "says": "no calling window is known for JP",
                    "opens": None,
                    "countries": ["JP"],
                    "first_row": 2,
                }
            ],
        ),
    }


def test_who_was_called_lately_is_counted_by_the_rule(dialling):
    dialling.write_list([["+12025550123"], ["+12025550124"]])
    for number in ("+12025550123", "+12025550124"):
        dialling.here("call", number)
    dialling.write_campaign('name = "call"\n[hours]\nenforce = false\nreason = "nobody rings"\n')
    told = section(check(dialling), "Not to be rung, or not now.")
    assert " ".join(" ".join(told[-2:]).split()).startswith("2 the campaign's redial gap: all of them again after ")


# A region that would cure the list


def test_numbers_without_a_plus_are_answered_with_the_region_on_line_two(dialer):
    dialer.write_campaign('name = "world"\n')
    dialer.write_list([["(212) 555-0101"], ["305-555-0102"], ["3125550103"], ["+12025550104"], ["1.2E+10"]])
    text = check(dialer)
    assert text.splitlines()[1:4] == [
        "3 rows: say --region US if these are US numbers, or region under [list] in the",
        "  campaign",
        "",
    ]
    assert text.index("Settings.") < text.index("Faults,")


def numbers_of(region, count=30):
    """Write numbers as people of a region do, without the country's code."""
    dice = random.Random(region)
    shapes = {
        "US": "({2}05) 555-01{0:02}",
        "GB": "0{1}0 7946 01{0:02}",
        "DE": "0{1}71 300 01{0:02}",
        "FR": "06 12 34 {0:02} 56",
        "AU": "04{1}1 570 1{0:02}",
    }
    firsts = {"GB": "2", "DE": "1268", "AU": "159"}
    return [
        shapes[region].format(dice.randrange(10, 100), dice.choice(firsts.get(region, "0")), dice.choice("2348"))
        for _ in range(count)
    ]


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FR", "AU"])
def test_the_region_proposed_is_one_that_reads_most_of_the_cells(region):
    cells = [*numbers_of(region)[:20], "", "n/a", "1.2E+10"]
    assert region in likely_regions(cells)
    for proposed in likely_regions(cells):
        assert sum(NumberReader(proposed).read(cell).number is not None for cell in cells) == 20


def test_the_countrys_own_numbers_in_the_list_decide_between_equals():
    assert likely_regions(numbers_of("US"), ["+14165550123", "+14165550124"]) == ("CA",)


@pytest.mark.parametrize("cells", [[], [""], ["hello"] * 9, ["12", "+999"]])
def test_no_region_is_proposed_where_none_reads_most(cells):
    assert likely_regions(cells) == ()


def test_only_a_few_cells_are_looked_at():
    assert likely_regions(numbers_of("US")[:MOST_CELLS] + ["0171 300 0000"] * 1000) == ("US",)
