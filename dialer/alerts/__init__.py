"""Telling somebody who was not watching how a night ended; none of it fails or delays a run."""
