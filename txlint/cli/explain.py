"""`txlint explain`: the page of a rule."""

from __future__ import annotations

import sys

import click

from txlint.cli.output import CLEAN, colour, say
from txlint.errors import UserError
from txlint.reporters import terminal
from txlint.rulepack import builtin_pack, load_pack, matching, page, unknown


@click.command()
@click.argument("rule")
def explain(rule: str) -> int:
    """Show the page of RULE, a code or a name."""
    rules = load_pack(builtin_pack())
    if len(codes := matching(rules, rule)) != 1:
        raise UserError(unknown(rules, rule))
    text = page(builtin_pack(), next(one for one in rules if one.code in codes))
    say(lambda stream: terminal.write_page(text, stream, colour(stream)), sys.stdout)
    return CLEAN
