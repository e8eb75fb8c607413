"""The web: which addresses may be reached, fetching through them, readable text, and the tools on them."""
