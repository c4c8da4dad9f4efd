"""What came of the study: its experiments, their tables, figures and differences."""
