"""Who answers: the bundled llama.cpp server, or any server that speaks OpenAI's protocol."""
