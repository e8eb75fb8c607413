"""The doctor: measures what an endpoint really does, says it to a person, and writes it as a profile."""
