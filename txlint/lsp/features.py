"""What the server answers to: one function for each message of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types as lsp

from txlint.lsp.actions import actions, fixes
from txlint.lsp.diagnostics import plain
from txlint.lsp.pages import hover, hover_in_comment
from txlint.lsp.server import Server, encoded, is_configuration, leave, watched


def server() -> Server:
    """A server with all its features."""
    one = Server()
    for message, answer in _ANSWERS.items():
        one.feature(message)(answer)
    offered = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix], resolve_provider=True)
    one.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, offered)(_code_actions)
    one.feature(lsp.TEXT_DOCUMENT_DID_SAVE, lsp.SaveOptions(include_text=False))(_saved)
    return one


def _initialize(ls: Server, params: lsp.InitializeParams) -> None:
    ls.prefer(params.initialization_options)


async def _initialized(ls: Server, _: lsp.InitializedParams) -> None:
    workspace = ls.client_capabilities.workspace
    if workspace and workspace.did_change_watched_files and workspace.did_change_watched_files.dynamic_registration:
        method = lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
        await ls.client_register_capability_async(lsp.RegistrationParams([lsp.Registration("files", method, watched())]))


def _opened(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    uri = params.text_document.uri
    if project := ls.project_of(uri):
        if project.text(ls.inside(project, uri)) == encoded(ls.document(uri).source):
            ls.publish(project)
        else:
            ls.touch(project)


def _changed(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    if (project := ls.project_of(params.text_document.uri)) and not ls.follow(project):
        ls.touch(project, ls.preferences.debounce / 1000)


def _saved(ls: Server, params: lsp.DidSaveTextDocumentParams) -> None:
    if is_configuration(params.text_document.uri):
        ls.touch_all()
    elif project := ls.project_of(params.text_document.uri):
        ls.touch(project)


def _closed(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    if ls.preferences.diagnostic_mode != "workspace":
        ls.forget(params.text_document.uri)
    if project := ls.project_of(params.text_document.uri):
        ls.touch(project, ls.preferences.debounce / 1000)


def _disk_changed(ls: Server, _: lsp.DidChangeWatchedFilesParams) -> None:
    ls.touch_all()


def _folders_changed(ls: Server, _: lsp.DidChangeWorkspaceFoldersParams) -> None:
    ls.touch_all()


def _configured(ls: Server, params: lsp.DidChangeConfigurationParams) -> None:
    settings = plain(params.settings)
    if isinstance(settings, dict) and "txlint" in settings:
        ls.prefer(settings["txlint"])
        ls.touch_all()


def _hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    uri, row = params.text_document.uri, params.position.line
    project = ls.project_of(uri)
    sight = ls.sight(project) if project else None
    if project is None or sight is None:
        return None
    here = [(one, sight.range(one.location)) for one in sight.of(ls.inside(project, uri))]
    found = [(one, span) for one, span in here if span.start <= params.position <= span.end]
    if found:
        return lsp.Hover(_markup(hover([one for one, _ in found], ls.pack)), found[0][1])
    line = (ls.document(uri).source.split("\n") + [""] * row)[row]
    column = sight.codec.position_from_client_units([line], lsp.Position(0, params.position.character)).character
    text = hover_in_comment(line, column, ls.pack)
    return lsp.Hover(_markup(text)) if text else None


def _markup(text: str) -> lsp.MarkupContent:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)


async def _code_actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    uri = params.text_document.uri
    document, about = ls.document(uri), params.context.diagnostics
    offered: list[lsp.CodeAction] = []
    project = ls.project_of(uri)
    if project and (sight := ls.sight(project)) and ls.is_current(project):
        for action, finding in fixes(sight, about, uri):
            # An editor that cannot ask for the edit later gets it at once, and only if it holds.
            edit = None if ls.resolves_edits() else await ls.proved(sight, finding)
            if not isinstance(edit, str):
                action.edit = edit
                offered.append(action)
    return [*offered, *actions(uri, document.version, document.source, about)]


async def _resolved(ls: Server, action: lsp.CodeAction) -> lsp.CodeAction:
    told = plain(action.data)
    project = ls.project_of(told["uri"]) if isinstance(told, dict) else None
    if action.edit or project is None or not ls.is_current(project):
        return action
    sight = ls.sight(project)
    found = (one for one in sight.view.shown if one.fingerprint == told["fingerprint"]) if sight else iter(())
    if sight and (finding := next(found, None)):
        edit = await ls.proved(sight, finding)
        if isinstance(edit, str):
            ls.tell(f"{finding.code} is not fixed: {edit}")
        else:
            action.edit = edit
    return action


def _code_lenses(ls: Server, params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
    return list(ls.code_lenses(params.text_document.uri))


def _shutdown(ls: Server, _: None) -> None:
    ls.ended = True
    ls.close()


def _exit(ls: Server, _: None) -> None:
    leave(0 if ls.ended else 1)


_ANSWERS: dict[str, Callable[..., Any]] = {
    lsp.INITIALIZE: _initialize,
    lsp.INITIALIZED: _initialized,
    lsp.SHUTDOWN: _shutdown,
    lsp.EXIT: _exit,
    lsp.TEXT_DOCUMENT_DID_OPEN: _opened,
    lsp.TEXT_DOCUMENT_DID_CHANGE: _changed,
    lsp.TEXT_DOCUMENT_DID_CLOSE: _closed,
    lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: _disk_changed,
    lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: _folders_changed,
    lsp.WORKSPACE_DID_CHANGE_CONFIGURATION: _configured,
    lsp.TEXT_DOCUMENT_HOVER: _hover,
    lsp.CODE_ACTION_RESOLVE: _resolved,
    lsp.TEXT_DOCUMENT_CODE_LENS: _code_lenses,
}
