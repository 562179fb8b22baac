"""What records prove; pure."""
