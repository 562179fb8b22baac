"""A list file becomes contacts and rejects, some thousand rows at a time.

`contacts.open_list` is the way in: the rows of a list screened, as often as they are asked for, each time alike.

- The file: `source` (its bytes and their digest), `archives`, `filetype` (what it is by its content), `encoding` and
  `codepages`, `text` with `dialect` (what parts its cells), `workbook` and `workbook_process` with `sheet_xml`,
  `sheet_ods` and `hidden_rows` for what a sheet does not show.
- The table: `headings` (the row they stand in), `records` (every row by its number), `chunk` (some rows as columns),
  `column_roles` (which columns hold numbers and addresses).
- What is looked at, a column at a time: `phone_cells` with `row_countries`, `parameter_columns`, `notes_columns`,
  `formulas`, `row_objections`, `repeated_numbers` with `duplicates`. `screened` holds some rows and what was found.
- What is told or proposed: `assumptions`, `likely_region`, `column_guess`.
"""
