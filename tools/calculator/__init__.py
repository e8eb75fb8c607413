"""Arithmetic without `eval`: characters to tokens, tokens to a value, a value to text."""
