"""What students are trained on: an arm is a training file."""
