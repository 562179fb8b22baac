"""What a list is taken for, in sentences: what had to be assumed, and what the campaign says of it that is not so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.lists.column_roles import address_columns, phone_country_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.domain.campaign import ListRules, SuppressionRules
    from dialer.domain.screening.permission import PermissionColumns
    from dialer.lists.phone_cells import PhoneCells


def unknown_columns(headings: Sequence[str], objecting: SuppressionRules) -> Iterator[str]:
    """Complain of columns that the campaign says something of and the list has not."""
    known = ", ".join(map(repr, headings))
    for heading in objecting.columns:
        if heading not in headings:
            yield f"suppression.columns: the list has no column {heading!r}; it has {known}"


def about_permission(permission: PermissionColumns) -> Sequence[str]:
    """Tell how the columns are read that say who may be rung."""
    if not permission.headings:
        return ()
    read = "; ".join(f"{heading!r} as {reading}" for heading, reading in permission.readings.items())
    return (f"who may be rung is also read from {read}",)


def about_list(
    headings: Sequence[str], phones: PhoneCells, region: str | None, rules: ListRules, *, verbatim: bool
) -> Sequence[str]:
    """Tell which columns are read for what, and how; `verbatim` when all of them are sent."""
    said = [phones.assumption]
    if others := [headings[at] for at in phones.others]:
        said.append(f"not rung, though they may hold numbers: {', '.join(map(repr, others))}")
    if region is None:
        said.append("no region is set: every number needs its +")
    else:
        said.append(f"numbers without + are read as numbers of {region}")
    if (country := phone_country_column(headings)) is not None:
        said.append(f"in rows with a country in {headings[country]!r}, numbers without + are read as numbers of it")
    if verbatim and not all(name.strip() for name in headings):
        said.append("columns without a heading are not sent")
    if places := [headings[at] for at in address_columns(headings) if at is not None]:
        said.append(f"where people live is also read from {', '.join(map(repr, places))}")
    if rules.duplicates == "last":
        said.append("of rows with the same number the last one is dialled")
    return said
