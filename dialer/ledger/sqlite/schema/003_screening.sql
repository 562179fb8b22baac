-- When a contact may be dialled, whom nobody may ring, and how long ago a number was rung.

-- Until when a contact that may be dialled may be: its calling hours close then. 0: not screened yet, and it is
-- before it is dialled. What closes first is dialled first.
ALTER TABLE contact ADD COLUMN closes INTEGER NOT NULL DEFAULT 0;

DROP INDEX contact_pending;
CREATE INDEX contact_pending ON contact (run, closes, due, row) WHERE outcome = 'pending';
CREATE INDEX contact_deferred ON contact (run, closes, due, row) WHERE outcome = 'deferred';

-- Past calls of a number are found through its rows, so that a call in flight costs no further index.
CREATE INDEX contact_number ON contact (number) WHERE number <> '';

-- JSON array: time zone, zip, state and country as the list has them; '' where it has none.
ALTER TABLE list_row ADD COLUMN address TEXT NOT NULL DEFAULT '';

-- JSON object: what this stretch of dialling was screened by, such as versions, files and what was not enforced.
ALTER TABLE session ADD COLUMN screening TEXT NOT NULL DEFAULT '{}';

-- The ledger's own do-not-call list. A line is never deleted: who asked for what, and when, is kept.
CREATE TABLE suppression (
    id         INTEGER PRIMARY KEY,
    number     TEXT    NOT NULL,                    -- E.164
    reason     TEXT    NOT NULL DEFAULT '',
    who        TEXT    NOT NULL,
    added_at   INTEGER NOT NULL,
    removed_at INTEGER,                             -- NULL: nobody rings this number
    removed_by TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX suppression_in_force ON suppression (number) WHERE removed_at IS NULL;
