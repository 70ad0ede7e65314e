"""Products and the indexes that hold them: records as they were sent, settings, synonyms, rules, changes."""
