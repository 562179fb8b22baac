"""Reading a campaign file: strict TOML, every error reported together."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from dialer.domain.alert_rules import EVERYBODY, AlertRules
from dialer.domain.campaign import Campaign
from dialer.domain.parameters import Parameter
from dialer.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path


def read_campaign(path: Path) -> Campaign:
    """Read and check a campaign file; raises SetupError with everything that is wrong in it, and where."""
    try:
        document = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as problem:
        raise SetupError(f"the campaign {path} cannot be read: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SetupError(f"the campaign {path} is not TOML: {problem}") from problem
    except RecursionError:
        raise SetupError(f"the campaign {path} is nested too deeply") from None
    try:
        return Campaign.model_validate(document)
    except ValidationError as problem:
        raise SetupError(f"{path}: {_sentence(error)}" for error in problem.errors()) from None


def read_alerts(path: Path) -> tuple[str, AlertRules]:
    """Read whom a campaign tells, and its name, though something else in its file be wrong.

    Where even that cannot be read it is the file's name, and everybody who has an address is told of what went wrong.
    """
    name, rules = path.stem, EVERYBODY
    with suppress(OSError, ValueError, RecursionError):  # TOML's and pydantic's errors are ValueErrors
        document = tomllib.loads(path.read_text("utf-8-sig"))
        rules = AlertRules.model_validate(document.get("alerts", {}))
        name = Campaign.model_validate({"name": document.get("name")}).name
    return name, rules


def _sentence(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key {place}{_nearest(error['loc'])}"
        case "missing":
            return f"missing key {place}"
        case _:
            message = str(error["msg"]).removeprefix("Value error, ")
            return f"{place}: {message[:1].lower()}{message[1:]}"


def _nearest(place: tuple[str | int, ...]) -> str:
    *above, key = map(str, place)
    table = ".".join(above[:1] if above[:1] == ["parameters"] else above)
    tables = {"parameters": tuple(Parameter.model_fields), **_tables(Campaign, "")}
    found = get_close_matches(key, tables.get(table, ()), n=1)
    elsewhere = {
        name: f"{other}.{name}".lstrip(".") for other in tables.keys() - {"parameters"} for name in tables[other]
    }
    found += [elsewhere[name] for name in get_close_matches(key, elsewhere, n=1, cutoff=0.8)]
    return f"; did you mean {found[0]}?" if found else ""


def _tables(model: type[BaseModel], above: str) -> dict[str, tuple[str, ...]]:
    """Give the keys of each table by its dotted name."""
    tables = {above: tuple(field.alias or name for name, field in model.model_fields.items())}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            tables |= _tables(field.annotation, f"{above}.{field.alias or name}".lstrip("."))
    return tables
