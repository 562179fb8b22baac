-- That a contact is called again by a rule, once its call number `try` had ended. It is written with the status that it
-- follows from, in one transaction.
CREATE TABLE redial (
    run     INTEGER NOT NULL REFERENCES run (id),
    row     INTEGER NOT NULL,
    try     INTEGER NOT NULL,                       -- the attempt whose call had ended
    status  TEXT    NOT NULL,                       -- the provider's word for how it had
    word    TEXT    NOT NULL,                       -- ours, which is the same for every provider
    rule    TEXT    NOT NULL,                       -- after how long, how often by this word and in all, and until when
    at      INTEGER NOT NULL,                       -- when the word was heard
    due     INTEGER NOT NULL,                       -- the next attempt is not before
    until   INTEGER NOT NULL,                       -- and not after
    call_id TEXT    NOT NULL,                       -- of the call that had ended
    PRIMARY KEY (run, row, try)
) WITHOUT ROWID;

-- The attempt of the latest of those decisions; 0: there is none.
ALTER TABLE contact ADD COLUMN again_after INTEGER NOT NULL DEFAULT 0;

-- The attempt whose call somebody, or something, picked up; 0: none that is known of.
ALTER TABLE contact ADD COLUMN reached_by INTEGER NOT NULL DEFAULT 0;

CREATE INDEX contact_redial ON contact (run, closes, due, row) WHERE outcome = 'redial';
