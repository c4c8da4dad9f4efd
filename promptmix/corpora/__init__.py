"""The data sets: where their files come from, and how they become train, validation, test and few-shot examples.

A public data set is one module in ``public/``; a format of users' files is one module in ``readers/``. Neither opens a
file or the network (:mod:`promptmix.corpora.sources` does), so every parser is tested on a few bytes.
"""
