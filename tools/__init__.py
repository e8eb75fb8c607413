"""What the agent can do; nothing here imports from `graph`."""
