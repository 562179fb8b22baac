"""The codes of every problem: listed, stable, each with what it means and what to do."""

from __future__ import annotations

import re

import pytest

from dialer.actions.check import RULES

pytest_plugins = ("commands",)

# Scripts rely on these: a code may be added, and none may be renamed or taken away.
CODES = {
    *("row-width", "duplicate", "not-mended", "address-unclear"),
    *("number-missing", "number-unreadable", "number-letters", "number-too-short", "number-too-long"),
    *("number-wrong-length", "number-no-area-code", "number-no-country", "number-unknown-country"),
    *("number-scientific", "number-decimal", "number-date", "number-formula-error", "number-two"),
    *("number-lost-plus", "number-lost-zero", "number-foreign-prefix", "number-extension", "number-premium"),
    *("number-emergency", "number-short-code", "number-unassigned", "number-vanity", "number-text"),
    *("parameter-missing", "parameter-integer", "parameter-decimal", "parameter-date", "parameter-boolean"),
    *("parameter-choice", "parameter-too-small", "parameter-too-large", "parameter-too-short", "parameter-too-long"),
    "parameters-too-big",
}


def test_no_code_is_ever_renamed_or_taken_away():
    assert CODES - set(RULES) == set()


KEYS = {"code", "severity", "says", "do", "section"}


@pytest.mark.parametrize("code", RULES)
def test_every_rule_says_what_is_wrong_and_what_to_do(code):
    rule = RULES[code]
    assert (rule.code, rule.severity in {"error", "warning"}) == (code, True)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert all(text and text[-1] not in ".:" and text[0].islower() for text in (rule.says, rule.do))


def test_rules_lists_every_code_for_a_person(dialer):
    lines = dialer.here("rules").out.splitlines()
    assert {line for line in lines if line in RULES} == set(RULES)


def test_rules_lists_every_code_as_json(dialer):
    listed = dialer.here("rules", "--json").json
    assert (set(listed), listed["exit_code"]) == ({"rules", "exit_code"}, 0)
    assert [(rule["code"], set(rule)) for rule in listed["rules"]] == [(code, KEYS) for code in RULES]
