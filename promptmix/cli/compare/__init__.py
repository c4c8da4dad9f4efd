"""What has been run, one row a configuration."""
