"""All arms, one file each: a file NAME.py defines ``ARM``, and params.yaml can then list NAME under ``arms``."""
