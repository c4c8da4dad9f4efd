"""What every stage stands on: records, files, seeds, errors, and the command line of a stage."""
