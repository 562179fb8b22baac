-- The ledger: what was meant, what was tried, what came of it.
-- Times are whole microseconds since 1970 in UTC. A ledger's version is PRAGMA user_version: the number of
-- the last of these files that was applied to it; each is applied once, in order, in one transaction.

-- One execution of a campaign over one contact list.
CREATE TABLE run (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,  -- a run's number is never given twice
    campaign    TEXT    NOT NULL,
    provider    TEXT    NOT NULL,                   -- 'sandbox' rings nobody
    list_path   TEXT    NOT NULL,
    list_digest TEXT    NOT NULL,                   -- SHA-256 of the list's bytes: the same list, whatever its name
    results     TEXT    NOT NULL,                   -- where the results CSV goes
    headings    TEXT    NOT NULL,                   -- JSON array, as they stand in the list
    settings    TEXT    NOT NULL,                   -- JSON object: the campaign as it was understood, no secrets
    row_count   INTEGER NOT NULL DEFAULT 0,
    started_at  INTEGER NOT NULL,
    loaded_at   INTEGER,                            -- every row of the list is in; NULL: begun and never completed
    ended_at    INTEGER,                            -- no row is left to dial
    abandoned_at INTEGER                            -- a person began again with --new
);

-- One row of the contact list as it was read. It never changes; what changes is kept apart, and stays small.
CREATE TABLE list_row (
    run        INTEGER NOT NULL REFERENCES run (id),
    row        INTEGER NOT NULL,                    -- as a spreadsheet shows it: the heading is row 1
    cells      TEXT    NOT NULL,                    -- JSON array: the row's own cells, verbatim
    parameters TEXT    NOT NULL,                    -- JSON object: what the call carries
    PRIMARY KEY (run, row)
) WITHOUT ROWID;

-- Where a row of the list stands. Its outcome is a word of the contract. A contact that is claimed for dialling is
-- 'unknown' until its answer is written: whatever dies in between leaves the truth behind, and nothing to repair.
CREATE TABLE contact (
    run        INTEGER NOT NULL REFERENCES run (id),
    row        INTEGER NOT NULL,
    number     TEXT    NOT NULL,                    -- E.164, or empty where none could be read
    outcome    TEXT    NOT NULL CHECK (outcome IN (
        'pending', 'placed', 'rejected', 'failed', 'unknown',
        'invalid', 'duplicate', 'suppressed', 'recent', 'held', 'deferred')),
    due        INTEGER NOT NULL DEFAULT 0,          -- a pending contact is not dialled before this moment
    tries      INTEGER NOT NULL DEFAULT 0,
    call_id    TEXT    NOT NULL DEFAULT '',
    status     TEXT    NOT NULL DEFAULT '',
    error      TEXT    NOT NULL DEFAULT '',
    called_at  INTEGER,                             -- when the last request for it left
    PRIMARY KEY (run, row),
    CHECK ((outcome = 'placed') = (call_id <> ''))
) WITHOUT ROWID;

-- What is still to be dialled, in the order of dialling.
CREATE INDEX contact_pending ON contact (run, due, row) WHERE outcome = 'pending';

-- One request that may have left this machine. It is written before the request leaves and completed when the
-- answer is known; ended_at NULL means in flight, or that the process died in between.
CREATE TABLE attempt (
    run        INTEGER NOT NULL REFERENCES run (id),
    row        INTEGER NOT NULL,
    try        INTEGER NOT NULL,                    -- 1, 2, 3 … for this contact
    number     TEXT    NOT NULL,
    claimed_at INTEGER NOT NULL,
    sent_at    INTEGER,
    ended_at   INTEGER,
    answer     TEXT    NOT NULL DEFAULT '',         -- accepted, refused, throttled, unclear, …
    detail     TEXT    NOT NULL DEFAULT '',         -- the call's id, or what was said instead
    PRIMARY KEY (run, row, try)
) WITHOUT ROWID;
