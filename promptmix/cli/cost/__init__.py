"""What a run would request and cost, before anything is requested."""
