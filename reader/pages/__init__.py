"""Image file in, upright gray page out."""
