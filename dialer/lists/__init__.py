"""A list file becomes contacts."""
