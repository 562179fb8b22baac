-- What closed a row that an earlier run of the campaign had left open: a newer list, in the transaction that loaded it,
-- before anybody of either was dialled. The row's outcome and error are those here.
CREATE TABLE closing (
    run          INTEGER NOT NULL REFERENCES run (id),
    row          INTEGER NOT NULL,
    by_run       INTEGER NOT NULL REFERENCES run (id),  -- whose list closed it
    at           INTEGER NOT NULL,
    outcome      TEXT    NOT NULL,                      -- replaced or expired
    reason       TEXT    NOT NULL,
    instead_run  INTEGER,                               -- the row in its place; NULL: there is none
    instead_row  INTEGER,
    from_outcome TEXT    NOT NULL,                      -- where it stood before: it is put back there, should the newer
    from_error   TEXT    NOT NULL,                      -- run be taken back by a person who says no before the first call
    PRIMARY KEY (run, row)
) WITHOUT ROWID;
CREATE INDEX closing_by_run ON closing (by_run);
