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
Amend = Annotated[
    list[str] | None,
    typer.Option(
        "--amend",
        metavar="ID",
        help="Apply an amendment of spec/amendments; repeatable, in this order.",
    ),
]
Edition = Annotated[
    str | None,
    typer.Option(
        "--edition",
        metavar="ID",
        help="Edition of the standard, e.g. 2018; amendments are applied to it. "
        "Default: the edition of the sources.",
        show_default=False,
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
