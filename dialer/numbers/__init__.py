"""Telephone numbers, read from what people and spreadsheets write.

`reader.NumberReader` is the door: one cell or a column of them, each an E.164 number or a reason why not (`rules`).
Its answers are those of phonenumbers, which takes 45 microseconds a cell; a list of a million needs 1.

- What a cell holds: `damage` (what is cleaned away, what is named), `words` beside the number, `unseen` signs, `pairs`
  of numbers, `changes` of numbering plans. `meanings` gives every number a cell could mean, for do-not-call lists.
- What phonenumbers says, and where its word is not enough: `library`; `rivals` (digits that could be two people's
  numbers), `whole` (digits that have lost their plus), `newer_area_codes`.
- The quick way: `prefixes` learns kinds of numbers by their leading digits, `metadata` answers from these what the
  library's patterns would, and `derivatives` steps through a pattern digit by digit.
- `regions` tells of a number its country, sort and time zones, for calling hours.
"""
