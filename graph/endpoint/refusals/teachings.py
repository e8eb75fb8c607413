"""The table behind `lesson_from`: the words of a refusal, when they count, and what they change.

Each row was seen in the wild; its `evidence` says where. Order matters: narrow words stand before broad ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graph.endpoint.refusals.teachings_calling import CALLING
from graph.endpoint.refusals.teachings_messages import MESSAGES
from graph.endpoint.refusals.teachings_parameters import PARAMETERS
from graph.endpoint.refusals.teachings_unknown import ANY_OTHER

if TYPE_CHECKING:
    from graph.endpoint.refusals.teaching import Teaching

TEACHINGS: Final[tuple[Teaching, ...]] = (*CALLING, *PARAMETERS, *MESSAGES, ANY_OTHER)
