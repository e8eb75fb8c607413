"""What the calculator says when it cannot give a number."""

__all__ = ["CalculatorError"]


class CalculatorError(ValueError):
    """The expression has no value here; the text says why and what to write instead."""
