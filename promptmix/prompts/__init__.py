"""The words sent to a language model, as templates and as what is true of each of them."""
