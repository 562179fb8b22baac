-- Which words an outcome may be is known to the program, which reads no other and calls a row with one damaged. A list
-- of them in the table would have to be written anew, with the table, for each word that is added.
CREATE TABLE contact_now (
    run        INTEGER NOT NULL REFERENCES run (id),
    row        INTEGER NOT NULL,
    number     TEXT    NOT NULL,                    -- E.164, or empty where none could be read
    outcome    TEXT    NOT NULL,
    due        INTEGER NOT NULL DEFAULT 0,          -- an open contact is not dialled before this moment
    tries      INTEGER NOT NULL DEFAULT 0,
    call_id    TEXT    NOT NULL DEFAULT '',
    status     TEXT    NOT NULL DEFAULT '',
    error      TEXT    NOT NULL DEFAULT '',
    called_at  INTEGER,                             -- when the last request for it left
    closes     INTEGER NOT NULL DEFAULT 0,          -- until when its hours last; 0: not screened yet
    is_final   INTEGER NOT NULL DEFAULT 0,          -- the provider said of the status that it is the last one
    PRIMARY KEY (run, row),
    CHECK ((outcome = 'placed') = (call_id <> ''))
) WITHOUT ROWID;

INSERT INTO contact_now
SELECT run, row, number, outcome, due, tries, call_id, status, error, called_at, closes, is_final FROM contact;

DROP TABLE contact;
ALTER TABLE contact_now RENAME TO contact;

CREATE INDEX contact_pending ON contact (run, closes, due, row) WHERE outcome = 'pending';
CREATE INDEX contact_deferred ON contact (run, closes, due, row) WHERE outcome = 'deferred';
CREATE INDEX contact_number ON contact (number) WHERE number <> '';

CREATE TRIGGER row_count_is_over AFTER UPDATE OF outcome, status ON contact
WHEN EXISTS (SELECT 1 FROM row_count WHERE run = NEW.run)
BEGIN
    DELETE FROM row_count WHERE run = NEW.run;
END;
