"""The `wardround` command: thin wiring from arguments to the packages beside it."""
