"""What a scheduler is given to start a campaign every night, a form a file."""
