"""What transform_records adds to an event: device, country, channel, season and hour; and whom it leaves out."""
