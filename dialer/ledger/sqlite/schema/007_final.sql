-- Whether the provider said of the status that it is the last one. Where its last words are known, the words themselves
-- tell, and this may be 0.
ALTER TABLE contact ADD COLUMN is_final INTEGER NOT NULL DEFAULT 0;
