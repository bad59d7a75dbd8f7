"""A field's pixels in, digits out."""
