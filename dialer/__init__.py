"""Rings a contact list through a contact-centre API: one call a row, never too fast, never twice."""
