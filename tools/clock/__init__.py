"""Dates and times: zones found by name, times read as people write them, and the tools on them."""
