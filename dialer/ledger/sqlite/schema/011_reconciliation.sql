-- What a provider said of a try whose answer nobody knew, when it was asked afterwards.
CREATE TABLE reconciliation (
    run     INTEGER NOT NULL REFERENCES run (id),
    row     INTEGER NOT NULL,
    try     INTEGER NOT NULL,                       -- which attempt of the row was asked about
    at      INTEGER NOT NULL,
    outcome TEXT    NOT NULL,                       -- where the row went: placed, pending, failed; or it is still unknown
    call_id TEXT    NOT NULL DEFAULT '',            -- of the call that was found
    seen    TEXT    NOT NULL DEFAULT '',            -- what else was seen, or proves that no call was made
    PRIMARY KEY (run, row, try, at)
) WITHOUT ROWID;
