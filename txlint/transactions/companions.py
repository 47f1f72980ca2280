"""Rows that a receiver writes beside the one that was saved, and that the save does not wait for."""

from __future__ import annotations

from dataclasses import dataclass

from txlint.project.calls import Edge, Site
from txlint.project.project import Project
from txlint.transactions.contexts import Context, Contexts
from txlint.transactions.operations import KINDS


@dataclass(frozen=True, slots=True)
class Companion:
    """A receiver that a call runs after its own commit, and the way to the call."""

    edge: Edge
    context: Context


def unprotected_receiver(site: Site, contexts: Contexts, project: Project) -> Companion | None:
    """The receiver for just this sender that a call in no transaction runs outside of any that the call opens itself."""
    edges = [edge for edge in site.edges if edge.when == "now" and edge.via.startswith("receiver") and not edge.protected]
    receivers = (one for group in project.resolver.implicit.receivers.values() for one in group) if edges else ()
    named = {one.func for one in receivers if one.sender is not None}
    edges = [edge for edge in edges if edge.func in named]
    if not edges or any(one.kind == "signal-send" for one in site.effects):
        return None
    context = next((one for one in contexts.at(site) if one.state.status == "none" and one.state.kind in KINDS), None)
    return Companion(edges[0], context) if context is not None else None
