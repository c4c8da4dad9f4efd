"""PromptMix's first step: plan mixed texts, ask for them, parse the replies."""
