"""Verbs that use a released classifier: neither the pipeline's packages nor a repository is needed."""
