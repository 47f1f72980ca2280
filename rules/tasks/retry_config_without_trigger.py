"""TX502: a task says how it is to be retried, but nothing ever retries it."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Confidence, Expr, Func, Repair, Severity, Violation, keyword, rule


@rule("TX502", severity=Severity.WARNING)
def retry_config_without_trigger(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        policy = analysis.retries.of(func)
        if policy is None or not policy.options or policy.runs_again or not policy.certain:
            continue
        name, options = analysis.name(func), ", ".join(f"`{one}`" for one in policy.options)
        yield Violation(
            analysis.decorator(func, policy.decorator),
            name,
            f"`{name}` is never run again when it fails: nothing asks for it, {options} would only say how",
            f"say what runs it again ({' or '.join(f'`{one}`' for one in policy.triggers)}), or remove the options",
            policy.options[0],
            confidence=Confidence.LOW if _is_only_called(analysis, func) else Confidence.HIGH,
            fix=_fix(func, policy.decorator, policy.triggers),
        )


def _is_only_called(analysis: Analysis, func: Func) -> bool:
    """Whether the program calls a task as a plain function and, as far as is known, never sends it."""
    called = any(edge.when == "now" for _, edge in analysis.project.callers.get(func, ()))
    return called and all(getattr(effect.on, "func", None) is not func for _, effect in analysis.effects("enqueue"))


def _fix(func: Func, decorator: Expr, triggers: tuple[str, ...]) -> Repair | None:
    """Run it again after every error, where an argument of the decorator can say so."""
    name = next((one.removesuffix("=...") for one in triggers if one.endswith("=...")), None)
    return keyword(func, decorator, name, "(Exception,)") if name else None
