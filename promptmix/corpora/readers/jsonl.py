"""JSON files: one object a line; one list of all is read under this name too."""

from promptmix.corpora.json_tables import read_json_table

READ = read_json_table
