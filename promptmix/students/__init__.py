"""Small classifiers: how each kind is trained, saved and used."""
