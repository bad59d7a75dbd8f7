"""Where on the page the digits are."""
