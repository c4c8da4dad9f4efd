"""One script an engine: ``python FILE URL COUNT IN_FLIGHT`` asks a server and prints the seconds and the right answers.

The scripts of other systems run in environments of their own and import nothing of this repository.
"""
