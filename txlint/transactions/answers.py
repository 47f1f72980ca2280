"""Answers to errors: the project's own function, named in the settings, that turns an exception into a response."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from txlint.project.calls import Site
from txlint.project.django_settings import Decision
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.project.setting_values import setting_names
from txlint.transactions.contexts import Contexts
from txlint.transactions.reach import Reach

_ROLE = "error-answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """A function that answers errors nobody else knows, so that the request's transaction is committed."""

    func: Func
    response: Site
    setting: Decision


def careless_answers(project: Project, contexts: Contexts) -> Iterator[Answer]:
    """The functions named in the settings that make a response of their own and never ask for a rollback."""
    decision = contexts.requests_decision()
    if decision is None or not decision.atomic:
        return
    undoing = Reach(project, lambda site: any(one.kind == "set-rollback" for one in site.effects), telling=True)
    for path, role in project.catalog.settings.items():
        for name in setting_names(path, project.modules) if role == _ROLE else ():
            for func in project.bodies:
                if func.name == name and func not in undoing and (made := _response(project, func)):
                    yield Answer(func, made, decision)


def _response(project: Project, func: Func) -> Site | None:
    """The first response that a function makes itself, where it is not all the framework's own answer is asked for."""
    sites = project.bodies[func].sites
    return next((site for site in sites if any(one.kind == "answer" for one in site.effects)), None)
