-- What a person decided of a row that was unknown.
CREATE TABLE settlement (
    run          INTEGER NOT NULL REFERENCES run (id),
    row          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    who          TEXT    NOT NULL,
    from_outcome TEXT    NOT NULL,
    to_outcome   TEXT    NOT NULL,
    call_id      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (run, row, at)
) WITHOUT ROWID;

-- One stretch of dialling of a run, from a run or resume command to its end: each may have a pace of its own.
CREATE TABLE session (
    run              INTEGER NOT NULL REFERENCES run (id),
    started_at       INTEGER NOT NULL,
    calls_per_second REAL    NOT NULL,
    PRIMARY KEY (run, started_at)
) WITHOUT ROWID;
