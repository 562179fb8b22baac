"""The rules of who may be rung, and when; pure."""
