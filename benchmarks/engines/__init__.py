"""One script per engine: ``python FILE URL COUNT IN_FLIGHT`` prints the seconds and the number of right answers.

The scripts of other systems run in virtual environments of their own and import nothing from this repository.
"""
