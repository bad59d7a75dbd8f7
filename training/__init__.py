"""Labelled digits in, the model out."""
