"""The `lifecycle` command: the day-two work on models, against AWS or the embedded one."""
