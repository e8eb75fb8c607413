"""The doctor: measures what an endpoint really does, says it to a person, and writes it as a profile.

```python
from graph.doctor import Options, examine

report = examine(settings.endpoint(), settings, Options(full=True))
```

To read on: `checks/` (what is asked, a file for each theme), `bench` (what a check works at), `runner`, `levels` (what
it all means), `report` and `rendering` (how it is said).
"""

from graph.doctor.checks import CHECKS
from graph.doctor.report import Report, read_report
from graph.doctor.runner import Options, chosen, examine

__all__ = ["CHECKS", "Options", "Report", "chosen", "examine", "read_report"]
