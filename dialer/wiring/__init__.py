"""Joins the rooms: checks what was given, builds the real parts and owns their lifetimes."""
