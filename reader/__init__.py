"""Scan in, row out: reads the handwritten digits on scanned forms."""
