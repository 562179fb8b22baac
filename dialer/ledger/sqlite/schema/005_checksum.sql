-- What a call of the row takes with it, as it was when the list was loaded: a CRC-32 of row, number, parameters and
-- address. It is compared before the row is dialled, so that no damaged digit rings a stranger. NULL: loaded before.
ALTER TABLE list_row ADD COLUMN checksum INTEGER;
