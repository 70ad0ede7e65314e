"""Shopping events: collected, enriched, cleaned, counted (docs/events.md)."""
