"""A request put into the form that the endpoint accepts, as its profile says; nothing here asks for a name."""
