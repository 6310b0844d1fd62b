"""The settings of a process: declared with defaults, read from the environment and a file."""
