"""The agent: from `.env` to an answer."""
