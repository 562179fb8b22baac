"""`dialer doctor`: what a night will miss that the person who prepares it has."""
