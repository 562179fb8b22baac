-- Whether this file still knows of every call that was made from it.

-- A campaign that is being dialled, or was when its process died. This is in the main file, and not only in its -wal,
-- before the first call leaves: a copy of the file knows that it is one, and a lost -wal is missed.
CREATE TABLE dialling (
    campaign TEXT    PRIMARY KEY,
    session  TEXT    NOT NULL,                      -- at random; the count of turns beside the ledger bears it as well
    file     TEXT    NOT NULL,                      -- the ledger's inode, which a copy does not have
    since    INTEGER NOT NULL,
    turns    INTEGER NOT NULL DEFAULT 0,            -- transactions in which contacts were claimed
    is_open  INTEGER NOT NULL DEFAULT 1             -- 0: the session has ended, and everything of it is recorded
) WITHOUT ROWID;
