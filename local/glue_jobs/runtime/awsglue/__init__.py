"""The part of AWS's `awsglue` that our jobs use; Glue brings the real one, and no registry has it."""
