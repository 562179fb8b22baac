"""How a list of contacts becomes calls, in time; the only room with tasks."""
