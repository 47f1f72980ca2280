"""`txlint lsp`: the language server."""

from __future__ import annotations

from importlib.util import find_spec

import click

from txlint.errors import UserError


@click.command()
@click.option("--stdio", is_flag=True, help="Speak over standard input and output, as it does anyway; editors pass this.")
def lsp(stdio: bool) -> int:
    """Serve an editor: diagnostics, quick fixes, hover and code lenses, over standard input and output."""
    if find_spec("pygls") is None:
        raise UserError("`txlint lsp` needs pygls, which is not installed; run: pip install 'txlint[lsp]'")
    from txlint.lsp.features import server
    from txlint.lsp.server import leave, serve

    leave(serve(server()))
    raise AssertionError("the process has ended")
