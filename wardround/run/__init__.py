"""The only impure part: the store, locks, processes, the clock, git and ansible-runner."""
