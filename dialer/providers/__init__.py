"""How a call is placed; the only room that knows aiohttp."""
