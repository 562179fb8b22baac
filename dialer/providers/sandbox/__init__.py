"""A stand-in for the provider, with numbers that misbehave on purpose."""
