"""Options that several commands share."""

from __future__ import annotations

import typer
from typer.testing import CliRunner

from interlock.cli.options import Assume, Root, output_of
from interlock.cli.output import Color, Output


def test_a_command_gets_the_streams_of_its_run() -> None:
    app = typer.Typer()
    seen: list[object] = []

    @app.command()
    def command(context: typer.Context, assume: Assume = None, root: Root = None) -> None:
        seen.extend([output_of(context), assume, root])

    output = Output(Color.NEVER)
    result = CliRunner().invoke(
        app, ["--assume", "Q1=A", "--assume", "Q2=B", "--root", "x"], obj=output
    )
    assert result.exit_code == 0
    assert seen[0] is output
    assert seen[1] == ["Q1=A", "Q2=B"]
    assert str(seen[2]) == "x"


def test_a_command_alone_has_streams_too() -> None:
    app = typer.Typer()
    seen: list[object] = []

    @app.command()
    def command(context: typer.Context) -> None:
        seen.append(output_of(context))

    assert CliRunner().invoke(app, []).exit_code == 0
    assert isinstance(seen[0], Output)
