"""The command `promptmix`: all that people run besides the stages."""
