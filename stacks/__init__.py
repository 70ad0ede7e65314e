"""The CDK app: one file a stack; what is built twice is in `constructs/`."""
