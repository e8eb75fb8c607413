"""Reading databases: connections that cannot write, one query at a time, and the tools on them."""
