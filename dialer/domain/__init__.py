"""What is true of calls, contacts and campaigns, whatever the machine: no I/O, no clock, no dice."""
