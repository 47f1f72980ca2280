"""The language server: what the editor says -> analyses of its projects -> diagnostics, and answers about them."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import sys
import threading
import tokenize
import traceback
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import msgspec
from lsprotocol import types as lsp
from msgspec import Struct
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec, TextDocument

from txlint import __version__
from txlint.errors import RuleFailure, UserError
from txlint.filekinds import CONFIGURATION
from txlint.findings import Finding
from txlint.lsp.actions import proved
from txlint.lsp.diagnostics import Sight, plain
from txlint.lsp.lenses import lenses
from txlint.lsp.projects import Project, Stale, root_of
from txlint.reporters.view import View
from txlint.rulepack import builtin_pack, load_pack
from txlint.workers import PROGRAM, SECONDS, Pool, deep

SETTLING = 2.0
"""Seconds without a change after which a project is analysed whose findings have only been moved."""
Work = tuple[asyncio.Task[None], threading.Event, bool]
"""An analysis that waits or runs, what says that it is no longer wanted, and whether it can wait on."""


class Preferences(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What the editor may set: in its initialization options, or later as `txlint` in its configuration."""

    code_lens: bool = False
    """Say above functions in whose transaction they run."""
    diagnostic_mode: Literal["openFilesOnly", "workspace"] = "openFilesOnly"
    """`workspace` to show the findings of all files."""
    debounce: int = 300
    """Milliseconds without a change after which the analysis begins."""


class Server(LanguageServer):
    """The projects that have a file open in the editor, each with its analysis."""

    def __init__(self) -> None:
        # Whole texts: the line ends of pygls are those of str.splitlines, not the protocol's, and a form feed shifts its edits.
        super().__init__("txlint", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.pack = load_pack(builtin_pack())
        self.preferences = Preferences()
        self.ended = False
        """Whether the editor has asked for the end."""
        self._projects: dict[Path, Project] = {}
        self._work: dict[Path, Work] = {}
        self._published: dict[str, Path] = {}
        self._told = ""
        self._pool = Pool(1, SECONDS, PROGRAM)
        self._analyst = ThreadPoolExecutor(1, thread_name_prefix="analyst")  # One analysis at a time.

    # --- documents -----------------------------------------------------------------------------------------------------

    def project_of(self, uri: str) -> Project | None:
        """The project that a document belongs to; None for what is no file, or has no valid configuration."""
        path = to_fs_path(uri)
        if path is None or not path.endswith(".py"):
            return None
        try:
            root = root_of(Path(path).resolve(), self._folders())
        except UserError as error:
            self.tell(str(error))
            return None
        if root not in self._projects:
            self._projects[root] = Project(root, self.pack, self._pool)
        return self._projects[root]

    def is_current(self, project: Project) -> bool:
        """Whether the last report on a project is of an analysis of its open documents as they are now."""
        opened = self._open(project).items()
        return project.settled and all(project.text(path) in (None, encoded(self.document(uri).source)) for path, uri in opened)

    def version_of(self, uri: str) -> int | None:
        """The version of an open document; None for a file that is not open."""
        return self.document(uri).version if uri in self.workspace.text_documents else None

    def document(self, uri: str) -> TextDocument:
        """An open document."""
        return self.workspace.get_text_document(uri)

    def inside(self, project: Project, uri: str) -> str:
        """The path of a document in its project."""
        return Path(str(to_fs_path(uri))).resolve().relative_to(project.root).as_posix()

    def _folders(self) -> tuple[Path, ...]:
        paths = (to_fs_path(one.uri) for one in self.workspace.folders.values())
        return tuple(Path(path).resolve() for path in paths if path)

    def _open(self, project: Project) -> dict[str, str]:
        """The open documents of a project: path -> URI."""
        uris = self.workspace.text_documents
        return {self.inside(project, uri): uri for uri in uris if self.project_of(uri) is project}

    # --- analyses ------------------------------------------------------------------------------------------------------

    def touch(self, project: Project, seconds: float = 0.0, can_wait: bool = False) -> None:
        """Analyse a project anew after some time in which nothing else happens to it."""
        self._give_up(project.root)
        stale = threading.Event()
        self._work[project.root] = asyncio.ensure_future(self._refresh(project, stale, seconds)), stale, can_wait

    def follow(self, project: Project) -> bool:
        """Show at once what an edit leaves as it was, moved to where it is now; whether that is all that there is to show."""
        overlay = {path: encoded(self.document(uri).source) for path, uri in self._open(project).items()}
        if not project.follow(overlay):
            return False
        self.publish(project)
        task, _, can_wait = self._work.get(project.root, (None, None, True))
        if task is not None and not task.done() and not can_wait:
            return False
        self._give_up(project.root)
        if not project.settled:
            self.touch(project, SETTLING, can_wait=True)  # Fixes and lenses go by lines.
        return True

    def touch_all(self) -> None:
        """Analyse anew every project that has a document open, by their present configuration."""
        for project in {one.root: one for uri in self.workspace.text_documents if (one := self.project_of(uri))}.values():
            self.touch(project, self.preferences.debounce / 1000)

    def _give_up(self, root: Path) -> None:
        if root in self._work:
            task, stale, _ = self._work.pop(root)
            stale.set()
            task.cancel()

    async def _refresh(self, project: Project, stale: threading.Event, seconds: float) -> None:
        await asyncio.sleep(seconds)
        overlay = {path: encoded(self.document(uri).source) for path, uri in self._open(project).items()}
        try:
            async with self._progress(project):
                analysis = partial(project.analyse, overlay, stale.is_set)
                await asyncio.get_running_loop().run_in_executor(self._analyst, deep, analysis)
            self._told = ""
            self.publish(project)
        except Stale:
            return
        except (UserError, RuleFailure) as error:
            self.tell(str(error))
        except Exception as error:  # noqa: BLE001  The server goes on, and says what happened.
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, traceback.format_exc()))
            self.tell(f"a bug in txlint, please report it: {type(error).__name__}: {error}")
        finally:
            self._analyst.submit(gc.collect)

    @asynccontextmanager
    async def _progress(self, project: Project) -> AsyncIterator[None]:
        """The first analysis of a project, which may have to read all of it, shows that it is under way."""
        window, token = self.client_capabilities.window, str(uuid4())
        if project.report or not (window and window.work_done_progress):
            yield
            return
        # An answer to a request that was cancelled meanwhile is more than pygls bears.
        await asyncio.shield(asyncio.ensure_future(self.work_done_progress.create_async(token)))
        self.work_done_progress.begin(token, lsp.WorkDoneProgressBegin(f"txlint: analysing {project.root.name}"))
        try:
            yield
        finally:
            self.work_done_progress.end(token, lsp.WorkDoneProgressEnd())

    def tell(self, message: str) -> None:
        """Show what the user has to put right, once."""
        if message != self._told:
            self._told = message
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, f"txlint: {message}"))

    # --- what is shown -------------------------------------------------------------------------------------------------

    def sight(self, project: Project) -> Sight | None:
        """The last report on a project as the editor sees it."""
        if project.report is None:
            return None
        uris = self._open(project)

        def uri(path: str) -> str:
            return uris.get(path) or str(from_fs_path(str(project.root / path)))

        document = self.client_capabilities.text_document
        shows = bool(document and document.publish_diagnostics and document.publish_diagnostics.related_information)
        codec = PositionCodec(self.workspace.position_encoding)
        return Sight(View(project.report, project.root, project.root), codec, uri, shows)

    def publish(self, project: Project) -> None:
        """Show the findings of the open files, or of all, and take back those of files that have none any more."""
        sight = self.sight(project)
        assert sight
        paths = set(self._open(project))
        if self.preferences.diagnostic_mode == "workspace":
            paths |= {one.location.path for one in sight.view.shown}
        wanted = {sight.uri(path): path for path in paths}
        for uri in [uri for uri, root in self._published.items() if root == project.root and uri not in wanted]:
            self.forget(uri)
        for uri, path in sorted(wanted.items()):
            self._published[uri] = project.root
            found = sight.diagnostics(path)
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, self.version_of(uri)))
        workspace = self.client_capabilities.workspace
        if self.preferences.code_lens and workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def resolves_edits(self) -> bool:
        """Whether the editor asks for the edit of a code action when the user chooses it."""
        document = self.client_capabilities.text_document
        able = document.code_action if document else None
        return bool(able and able.data_support and able.resolve_support and "edit" in able.resolve_support.properties)

    async def proved(self, sight: Sight, finding: Finding) -> lsp.WorkspaceEdit | str:
        """The edit of a fix that holds on the whole project, else why it does not; analyses wait meanwhile."""
        proof = partial(proved, sight, finding, self.pack, self.version_of)
        return await asyncio.get_running_loop().run_in_executor(self._analyst, deep, proof)

    def forget(self, uri: str) -> None:
        """Take back the diagnostics of a file."""
        if self._published.pop(uri, None):
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def code_lenses(self, uri: str) -> Iterator[lsp.CodeLens]:
        """In whose transaction the functions of a document run, if that is wanted."""
        project = self.project_of(uri)
        if self.preferences.code_lens and project and project.report and (sight := self.sight(project)):
            for location, text in lenses(project.report.analysis, self.inside(project, uri)):
                yield lsp.CodeLens(sight.range(location), lsp.Command(text, ""))

    # --- begin and end -------------------------------------------------------------------------------------------------

    def prefer(self, given: Any) -> None:
        """Take what the editor sets; what it does not mention is as usual."""
        try:
            self.preferences = msgspec.convert(plain(given) or {}, Preferences)
        except msgspec.ValidationError as error:
            self.tell(f"editor settings: {error}; there are codeLens, diagnosticMode and debounce")

    def close(self) -> None:
        """Give up all analyses and the worker."""
        for root in tuple(self._work):
            self._give_up(root)
        self._pool.__exit__()


def serve(server: Server) -> int:
    """Speak with an editor over standard input and output until one of them ends; the exit code of the protocol."""
    gc.disable()  # Garbage is looked for between the analyses; in them it took a quarter of their time.
    server.start_io()
    server.close()
    return 0 if server.ended else 1


def leave(code: int) -> None:
    """End the process at once: an analysis may be in a part that cannot be interrupted, and nobody waits for it."""
    sys.stdout.flush()
    os._exit(code)


def is_configuration(uri: str) -> bool:
    """Whether a file says how something is analysed."""
    return uri.rpartition("/")[2] in (*CONFIGURATION, ".gitignore")


def watched() -> Mapping[str, Any]:
    """The files whose change on disk the editor is asked to report."""
    return {"watchers": [{"globPattern": f"**/{name}"} for name in (*CONFIGURATION, ".gitignore", "*.py")]}


def encoded(text: str) -> bytes:
    """The text as it would be saved: in the encoding that its first lines declare."""
    utf8 = text.encode("utf-8", "replace")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(utf8).readline)
        return text.encode(encoding)
    except (SyntaxError, UnicodeEncodeError):
        return utf8
