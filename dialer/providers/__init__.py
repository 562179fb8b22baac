"""How a call is placed; the only room that knows aiohttp. `port` says what a provider is, and finds one by its name."""
