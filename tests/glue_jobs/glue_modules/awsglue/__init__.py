"""As much of AWS Glue's own package as our jobs use; it is not published."""
