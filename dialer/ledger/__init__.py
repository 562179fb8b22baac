"""The durable record of runs, contacts and attempts; the only room that knows SQL."""
