"""The command `promptmix`: all that people run; no stage depends on it."""
