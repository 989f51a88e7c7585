"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interlock.cli.output import Output

Assume = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        metavar="ID=VALUE",
        help="Answer an open question otherwise, e.g. Q1=EXPLICIT; repeatable.",
    ),
]
Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        metavar="DIR",
        help="Folder that holds spec/ and models/. "
        "Default: the current folder, the checkout, or the installed copy.",
        show_default=False,
    ),
]


def output_of(context: typer.Context) -> Output:
    """The streams of this run."""
    return context.ensure_object(Output)
