-- Who a row of the list says that it is, by the column that its campaign names: the same in every list, whatever the
-- number. Empty: the campaign names none, or the cell was empty; then the number says it.
ALTER TABLE list_row ADD COLUMN key TEXT NOT NULL DEFAULT '';
