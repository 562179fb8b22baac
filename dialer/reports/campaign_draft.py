"""A campaign drafted for a list: as its commented file, in words and as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING

from dialer.domain.redaction import visible
from dialer.domain.shell_command import typed
from dialer.domain.wording import counted
from dialer.providers.port import CALLER_NUMBER, FLOW_ID
from dialer.reports.problems import a_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.domain.parameters import Parameter

LONGEST_TEXT = 200  #: of a key or value in a campaign file

_REMARKS_AT = 34  #: column in which remarks begin, behind most keys
_COMMENT_WIDTH = 110  #: characters a line: comments fit an editor
_WIDEST_NAME = 30  #: characters up to which keys are lined up; longer ones stand out by themselves
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A campaign for a list, as far as it can be known from the list.

    `pattern` matches the list from the campaign's folder, '' where it cannot. `rows` were looked at; of their
    numbers `dialable` can be dialled as they stand and `unsigned` have no plus. `permission` says how the columns
    are read that decide who may be rung.
    """

    name: str
    contacts: Path
    pattern: str
    file: Path
    phone: str
    region: str | None
    sheet: str | None
    parameters: Mapping[str, Parameter]
    left_out: Sequence[str]
    assumptions: Sequence[str]
    rows: int
    dialable: int
    unsigned: int
    permission: Mapping[str, str] = field(default_factory=dict)
    header_row: int | None = None
    provider: str = ""  #: the one that is set, '' where none is
    flow_setting: str = FLOW_ID  #: as that provider spells it
    caller_setting: str = CALLER_NUMBER
    nearly: Mapping[str, str] = field(default_factory=dict)  #: why a column of text is one, where it almost is not

    @property
    def command(self) -> str:
        """What to type next."""
        return typed("check", self.contacts, "-c", self.file)

    @property
    def about_region(self) -> str:
        """What is known of the country of the numbers."""
        if self.region:
            return f"numbers without a plus are read as numbers of {self.region}"
        if not self._needs_region:
            return "not needed, every number looked at has its plus"
        return (
            f"not set, so numbers without a plus ({self.unsigned:,} of the {self.rows:,} looked at) are invalid. "
            "It is never guessed, because a wrong one rings strangers"
        )

    @property
    def _needs_region(self) -> bool:
        return not self.region and self.unsigned > 0

    def as_json(self) -> dict[str, object]:
        """Everything that was found."""
        rules = {name: rule.model_dump(mode="json", exclude_defaults=True) for name, rule in self.parameters.items()}
        return {
            "campaign": str(self.file),
            "contacts": str(self.contacts),
            "phone": self.phone,
            "region": self.region,
            "parameters": {name: {"type": "text", **keys} for name, keys in rules.items()},
            "left_out": list(self.left_out),
            "permission": dict(self.permission),
            "assumptions": list(self.assumptions),
            "rows_looked_at": self.rows,
            "dialable": self.dialable,
            "without_plus": self.unsigned,
            "exit_code": 0,
        }

    def as_text(self) -> str:
        """Say what was found, what was not, and what to do next."""
        width = min(_WIDEST_NAME, max(map(len, map(visible, self.parameters)), default=0))
        dialable = f"{self.dialable:,} of the {self.rows:,} looked at can be dialled"
        sentences = [
            f"numbers are read from the column {self.phone!r}: {dialable}",
            f"region: {self.about_region}" + (": give --region, or set it in the file" if self._needs_region else ""),
            *self.assumptions,
        ]
        lines = [f"written: {visible(str(self.file))}", ""]
        for sentence in sentences:
            lines += a_line(visible(sentence))
        lines += ["", "parameters, guessed:" if self.parameters else "no parameters"]
        for name, rule in self.parameters.items():
            why = f"; {self.nearly[name]}" if name in self.nearly else ""
            lines += a_line(f"{_described(rule)}{why}", behind=f"  {visible(name):<{width}}  ")
        lines += [f"  left out: {reason}" for reason in self.left_out]
        return "\n".join([*lines, "", f"next: {visible(self.command)}"])

    def as_toml(self) -> str:
        """Write the campaign file."""
        return (
            "\n".join([*self._head(), "", *self._list(), "", *self._parameters(), "", *self._suppression(), *_PACE])
            + "\n"
        )

    def _head(self) -> Iterator[str]:
        yield f"# Rings the contacts of {visible(self.contacts.name)}, drafted from the headings of the list"
        yield f"# and the first {counted(self.rows, 'row')}. What is guessed is a guess: read it through, and then:"
        yield f"#   {visible(self.command)}"
        yield ""
        yield _remarked(f"name = {_toml(self.name)}", "names the campaign in the ledger")
        if self.pattern:
            remark = "the list, relative to this file; a pattern picks the newest match"
            yield _remarked(f"contacts = {_toml(self.pattern)}", remark)
        yield ""
        if self.provider:
            yield "# Who places the calls. Left out here, it is what DIALER_PROVIDER says."
            yield f'# provider = "{self.provider}"'
        if not self.caller_setting:
            yield f"# The flow that talks. Left out here, it comes from {self.flow_setting}."
            yield '# flow_id = "..."'
            return
        yield "# The flow that talks, and the number the called see. Left out here, they come from"
        yield f"# {self.flow_setting} and {self.caller_setting}."
        yield '# flow_id = "..."'
        yield '# caller_number = "+12025550100"'

    def _list(self) -> Iterator[str]:
        yield "[list]"
        yield _remarked(f"phone = {_toml(self.phone)}", "the column with the numbers")
        if self.sheet:
            yield _remarked(f"sheet = {_toml(self.sheet)}", "the sheet of the workbook")
        if self.header_row:
            yield _remarked(f"header_row = {self.header_row}", "the row the headings are in")
        remark = "the country of numbers without a plus, as two letters"
        if not self.region:
            yield from (f"# {line}" for line in wrap(f"Region: {self.about_region}.", _COMMENT_WIDTH))
        yield _remarked(f'region = "{self.region}"' if self.region else '# region = "US"', remark)
        yield _remarked("# allow_unassigned = false", "numbers nobody has been given: invalid, not a warning")
        yield _remarked('# duplicates = "last"', "of two rows with one number, dial the last, not the first")

    def _parameters(self) -> Iterator[str]:
        yield from _ABOUT_PARAMETERS
        width = min(_WIDEST_NAME, max((len(_key(name)) for name in self.parameters), default=0))
        for name, rule in self.parameters.items():
            if name in self.nearly:
                yield f"# {visible(name)} {self.nearly[name]}"
            yield f"{_key(name):<{width}} = {{ {', '.join(_keys(rule))} }}"
        for reason in self.left_out:
            yield f"# left out: {reason}"

    def _suppression(self) -> Iterator[str]:
        if not self.permission:
            return
        yield "# Who is never rung is also read from columns of the list, by the words in their headings:"
        for heading, reading in self.permission.items():
            yield f"#   {visible(_toml(heading))} as {reading}"
        yield '# Where one is read wrongly, say what a yes under it means ("objection", "permission"), or "ignore".'
        yield "[suppression]"
        ignored = ", ".join(f'{_toml(name)} = "ignore"' for name in self.permission)
        yield visible(f"# columns = {{ {ignored} }}")
        yield ""


_ABOUT_PARAMETERS = (
    "# What each call carries; a column that is not named here is not sent. In front of the = stands the name the flow",
    "# knows. Keys:",
    "#   column      the heading in the list",
    "#   type        text (sent as it stands), integer, decimal, date (YYYY-MM-DD), boolean or choice",
    "#   required    an empty cell makes the row invalid; else the parameter is left out of that call",
    "#   default     stands in for an empty cell",
    "#   choices     the values allowed, for type choice",
    "#   minimum, maximum, min_length, max_length",
    '# A value that is the same for everybody: greeting = { value = "Hello from the team" }',
    "[parameters]",
)

_PACE = (
    "[pace]",
    # As remarks: a number that stands here is refused by a provider that takes fewer, and none means what it takes.
    f"{'# calls_per_second = 5':<{_REMARKS_AT}}# never more in any rolling second; else 5, or what the provider takes",
    f"{'# calls_at_a_time = 10':<{_REMARKS_AT}}# calls that are not over yet; else as many as the provider carries",
    f"{'in_flight = 50':<{_REMARKS_AT}}# calls waiting for an answer at the same time",
)


def _keys(rule: Parameter) -> Iterator[str]:
    yield f"column = {_toml(rule.column or '')}"
    if rule.type != "text":
        yield f"type = {_toml(rule.type)}"
    if rule.choices:
        yield f"choices = [{', '.join(map(_toml, rule.choices))}]"
    if rule.required:
        yield "required = true"
    if rule.max_length is not None:
        yield f"max_length = {rule.max_length}"


def _described(rule: Parameter) -> str:
    kind = f"one of {', '.join(rule.choices)}" if rule.choices else rule.type
    length = f", up to {rule.max_length} characters" if rule.max_length is not None else ""
    return f"{kind}{length}{', required' if rule.required else ''}"


def _toml(text: str) -> str:
    """Write a TOML string; JSON's is one, but for a sign that TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _remarked(line: str, remark: str) -> str:
    return f"{line:<{_REMARKS_AT - 1}} # {remark}"
