"""The dated table of known endpoints, as data: one TOML file a provider or server.

A file says whom it is about (`hosts`: patterns of the base URL's host, with the port where it has one; `servers`: names
that a server was recognised by) and lists blocks of facts. A block can be narrowed to `models` (patterns, with
`except`), to versions of the server (`since`, `before`) and away from paths (`except_paths`); later blocks win. Each
carries its `evidence` and `date`. Facts about a server hold for every model that it serves, facts about a model family
only where that server serves it: a model's name alone says nothing about an endpoint.
"""

from graph.endpoint.known.servers import Server, recognise
from graph.endpoint.known.table import Block, Provider, known_facts, providers

__all__ = ["Block", "Provider", "Server", "known_facts", "providers", "recognise"]
