-- What a provider is told this try by: at random, never given twice, and on disk before its request leaves, so that
-- whoever asks afterwards what came of it asks for this try and no other. Empty: made before, or known to nobody.
ALTER TABLE attempt ADD COLUMN token TEXT NOT NULL DEFAULT '';
