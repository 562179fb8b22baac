"""Telephone numbers, read from what people and spreadsheets write.

`reader.NumberReader` is the way in: one cell or a column of them, each an E.164 number or a reason why not (`rules`).
Its answers are those of phonenumbers, which takes 45 microseconds a cell; a list of a million needs 1.

- What a cell holds: `damage` (what is cleaned away, what is named), `words_beside` the number, `invisible_signs`,
  `two_numbers` in one cell, `renumbering` (how numbers were written before a plan changed). `possible_numbers` gives
  every number a cell could mean, for do-not-call lists.
- What phonenumbers says, and where its word is not enough: `phonenumbers_says` (a `validity`); `second_reading`
  (digits that could be two people's numbers), `lost_plus` (digits that have lost it), `newer_area_codes`.
- The quick way: `prefixes` learns kinds of numbers by their leading digits, `metadata` answers from these what the
  library's patterns would, and `pattern_derivatives` steps through a pattern digit by digit.
- `regions` tells of a number its country, sort and time zones, for calling hours.
"""
