"""The facts of all files: those that the cache knows, the others from workers. SQL scripts are read on the spot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from txlint.errors import NotAnalysed, Unanalysed
from txlint.facts.records import ModuleFacts
from txlint.facts.sql import SqlScript, read_script
from txlint.filekinds import is_sql
from txlint.workers import Outcome, Tell, extract_all, nobody, recursion

Texts = tuple[bytes, ...]
LEVELS = 2_500
"""Of nesting in facts that the analysis takes; a thousand calls in a chain have two thousand."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """Facts by path, the scripts, the files that have none, and what there is to say about the cache."""

    facts: dict[str, ModuleFacts]
    unanalysed: tuple[Unanalysed, ...]
    notes: tuple[str, ...]
    scripts: dict[str, SqlScript] = field(default_factory=dict)


def facts_of(sources: Mapping[str, bytes], cache: Path | None, jobs: int | None, tell: Tell = nobody) -> Extracted:
    """The facts of every file. They belong to the bytes, so files with equal text are read once."""
    scripts = {path: read_script(text.decode("utf-8", "replace")) for path, text in sources.items() if is_sql(path)}
    sources = {path: text for path, text in sources.items() if path not in scripts}
    texts = tuple(dict.fromkeys(sources.values()))
    if cache:
        outcomes, notes = _through_cache(texts, cache, jobs, tell)
    else:
        outcomes, notes = decoded(texts, extract_all(texts, jobs, tell)), ()
    facts, unanalysed = {}, []
    for path, text in sources.items():
        match outcomes[text]:
            case NotAnalysed(reason=reason, row=row, column=column):
                unanalysed.append(Unanalysed(path, reason, row, column))
            case found:
                facts[path] = found
    return Extracted(facts, tuple(unanalysed), notes, scripts)


class Reread:
    """Reads files that are changed again and again: a text that was read once is known. In this process, without cache."""

    def __init__(self) -> None:
        self._known: dict[bytes, ModuleFacts | NotAnalysed] = {}

    def __call__(self, sources: Mapping[str, bytes], cache: Path | None, jobs: int | None) -> Extracted:
        """The facts of the files, as `facts_of` gives them."""
        fresh = facts_of({path: text for path, text in sources.items() if text not in self._known}, cache, jobs)
        failed = {one.path: NotAnalysed(one.reason, one.row, one.column) for one in fresh.unanalysed}
        self._known |= {sources[path]: found for path, found in (fresh.facts | failed).items()}
        known = {path: self._known[text] for path, text in sources.items()}
        facts = {path: one for path, one in known.items() if isinstance(one, ModuleFacts)}
        lacking = ((path, one) for path, one in known.items() if isinstance(one, NotAnalysed))
        unanalysed = tuple(Unanalysed(path, one.reason, one.row, one.column) for path, one in lacking)
        return Extracted(facts, unanalysed, fresh.notes)


def _through_cache(
    texts: Texts, folder: Path, jobs: int | None, tell: Tell
) -> tuple[dict[bytes, ModuleFacts | NotAnalysed], tuple[str, ...]]:
    from txlint.cache import FactsCache, key  # Imports sqlite3, which a run without cache can do without.

    keys = {text: key(text) for text in texts}
    with FactsCache(folder) as cache:
        known = cache.get(keys.values())
        found = decoded(texts, (known.get(keys[text]) for text in texts))
        missing = tuple(text for text in texts if text not in found)
        fresh = extract_all(missing, jobs, tell)
        cache.put({keys[text]: one for text, one in zip(missing, fresh, strict=True) if isinstance(one, bytes)})
        return found | decoded(missing, fresh), (cache.trouble,) if cache.trouble else ()


def decoded(texts: Texts, outcomes: Iterable[Outcome | None]) -> dict[bytes, ModuleFacts | NotAnalysed]:
    """Facts by text; what does not decode (a damaged cache entry) is left out like what is missing."""
    decoder = msgspec.msgpack.Decoder(ModuleFacts)
    found: dict[bytes, ModuleFacts | NotAnalysed] = {}
    with recursion(LEVELS):
        for text, outcome in zip(texts, outcomes, strict=True):
            if isinstance(outcome, NotAnalysed):
                found[text] = outcome
            elif outcome is not None:
                try:
                    found[text] = decoder.decode(outcome)
                except RecursionError:
                    found[text] = NotAnalysed("nested too deeply to be analysed")
                except msgspec.DecodeError:
                    continue
    return found
