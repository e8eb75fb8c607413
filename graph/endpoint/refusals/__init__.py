"""What an endpoint says when it does not answer: read it, name it as a typed error, and learn from it.

`read_error` makes one shape of every error body, `is_error_event` finds errors in replies of status 200, `classify`
and `classify_exception` turn them into the errors of `graph.errors`, `lesson_from` says what a refusal teaches, and
`find_overflow` what it says of the context window.
"""

from graph.endpoint.refusals.classify import classify
from graph.endpoint.refusals.events import is_error_event
from graph.endpoint.refusals.lessons import Lesson, left_without_cap, lesson_from
from graph.endpoint.refusals.overflow import Overflow, find_overflow, room_beside_prompt
from graph.endpoint.refusals.reading import ProviderError, read_error
from graph.endpoint.refusals.transport import classify_exception

__all__ = [
    "Lesson",
    "Overflow",
    "ProviderError",
    "classify",
    "classify_exception",
    "find_overflow",
    "is_error_event",
    "left_without_cap",
    "lesson_from",
    "read_error",
    "room_beside_prompt",
]
