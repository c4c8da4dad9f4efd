"""Small classifiers, trained on an arm: a kind of student is one file of promptmix/students/kinds."""

from promptmix.core.registry import Registry
from promptmix.students.kind import Kind

KINDS: Registry[Kind] = Registry("promptmix.students.kinds", "KIND")
"""All kinds of students by name, the file's; a new kind is a new file there and nothing else."""
