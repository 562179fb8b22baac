-- What is kept of a run once its people are not, and what was taken away on purpose.

-- How a closed run's rows stand, so that nobody has to count them, and so that it is known when they are gone. A row is
-- counted under the provider's last word if it was placed, else under ''. No count: they are to be counted.
CREATE TABLE row_count (
    run     INTEGER NOT NULL REFERENCES run (id),
    outcome TEXT    NOT NULL,
    status  TEXT    NOT NULL,
    rows    INTEGER NOT NULL,
    PRIMARY KEY (run, outcome, status)
) WITHOUT ROWID;

INSERT INTO row_count
SELECT run, outcome, iif(outcome = 'placed', status, ''), count(*) FROM contact
 WHERE run IN (SELECT id FROM run WHERE loaded_at IS NOT NULL AND coalesce(ended_at, abandoned_at) IS NOT NULL)
 GROUP BY 1, 2, 3;

-- Whoever changes where a row stands, by whatever program, leaves no count behind that is wrong.
CREATE TRIGGER row_count_is_over AFTER UPDATE OF outcome, status ON contact
WHEN EXISTS (SELECT 1 FROM row_count WHERE run = NEW.run)
BEGIN
    DELETE FROM row_count WHERE run = NEW.run;
END;

-- What was taken out of a run's records on purpose: what is missing there was not lost.
CREATE TABLE pruned (
    id   INTEGER PRIMARY KEY,
    run  INTEGER NOT NULL REFERENCES run (id),
    what TEXT    NOT NULL,                          -- cells, rows, person, results or log
    rows INTEGER NOT NULL,                          -- how many rows, persons' rows or files
    at   INTEGER NOT NULL,
    who  TEXT    NOT NULL
);
CREATE INDEX pruned_run ON pruned (run);

-- Every session of dialling that has ended, by its name of random letters. A count of turns that has stayed beside the
-- ledger bears one: a ledger that does not know it is older than that count, or another one.
CREATE TABLE ended_session (
    session TEXT PRIMARY KEY
) WITHOUT ROWID;
INSERT INTO ended_session SELECT session FROM dialling WHERE NOT is_open;

-- At random, made with the first person who is forgotten: what stands in the place of a number is keyed by it.
CREATE TABLE forgetting (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    key  BLOB    NOT NULL
);
