"""One thin script a stage, run as ``python -m stages.NAME`` by dvc.yaml."""
