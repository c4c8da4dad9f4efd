"""PromptMix's second step: the language model labels generated texts, and test texts as the teacher."""
