"""All kinds of students, one file each: a file NAME.py defines ``KIND``, and distill.student can then be NAME."""
