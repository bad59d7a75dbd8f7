"""What was read, and how it is written down."""
