"""The verbs of the `lifecycle` command, a file a room; cli.main puts them together."""
