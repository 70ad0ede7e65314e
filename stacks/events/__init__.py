"""The way of the events: stream, records, delivery, collector, cleaning, profiles. Built into the stacks."""
