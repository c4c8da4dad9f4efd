"""JSON files: one list of objects, or of lists of values; lines of JSON are read under this name too."""

from promptmix.corpora.json_tables import read_json_table

READ = read_json_table
