"""`promptmix new`: a folder of data from files as people have them, or from the Hugging Face hub."""
