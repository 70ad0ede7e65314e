"""The cleaning of events around its pure part: what waits, who may work, what is committed, what it settles."""
