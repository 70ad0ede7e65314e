"""The exit statuses of the command; 2 is wrong usage, as click has it."""

DONE = 0
NOT_DONE = 1
WAITING = 3  # accepted and kept, but something must happen before it is cleaned
