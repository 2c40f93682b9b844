"""What graphs are turned into: one file for each target. A target knows no operation by name."""
