"""Where the model answers: settings, what is known of an endpoint, and the adapter to it."""
