"""Telephone numbers, read from what people and spreadsheets write."""
