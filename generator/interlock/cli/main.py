"""Entry of the command line: the list of commands, and what becomes of errors.

Exit codes: see ``interlock.cli.exits``.
"""

from __future__ import annotations

import platform
import shlex
import sys
import traceback
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from interlock.cli.exits import (
    CLEAN,
    FINDINGS,
    INTERNAL,
    INTERRUPTED,
    UNDECIDED,
    USAGE,
    Undecided,
)
from interlock.cli.output import Color, Output
from interlock.core.diagnostics import render_text
from interlock.core.errors import InputError, InterlockError, UsageError

_DISTRIBUTION = "interlock-62351-4"

# command -> module, whose ``command`` is a function or a typer application
COMMANDS: dict[str, str] = {
    "build": "interlock.cli.cmd_build",
    "check": "interlock.cli.cmd_check",
    "verify": "interlock.cli.cmd_verify",
    "explain": "interlock.cli.cmd_explain",
    "matrix": "interlock.cli.cmd_matrix",
    "mutate": "interlock.cli.cmd_mutate",
    "generate": "interlock.cli.cmd_generate",
    "decode": "interlock.cli.cmd_decode",
    "demo": "interlock.cli.cmd_demo",
    "gateway": "interlock.cli.cmd_gateway",
    "bench": "interlock.cli.cmd_bench",
}

app = typer.Typer(
    name="interlock",
    help="IEC 62351-4 as one machine-readable source: check it, generate from it, decode with it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _register() -> None:
    for name, module in COMMANDS.items():
        command = import_module(module).command
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"interlock {program_version()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    color: Annotated[Color, typer.Option(help="When to colour; NO_COLOR is obeyed.")] = Color.AUTO,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    del show_version
    context.obj = Output(color)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def program_version() -> str:
    """Version of the installed distribution."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "(not installed)"


_register()


def execute(arguments: list[str]) -> int:
    """Run one command line and give its exit code; never raises for a fault of the input."""
    output = Output()
    try:
        result = app(args=arguments, prog_name="interlock", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else CLEAN
    except typer.TyperException as problem:
        output.problem(f"{_message(problem)} (see interlock --help)")
        return USAGE
    except UsageError as problem:
        output.problem(str(problem))
        return USAGE
    except InputError as problem:
        output.note(render_text(problem.diagnostics, getattr(problem, "sources", {})))
        return FINDINGS
    except Undecided as problem:
        output.problem(str(problem))
        return UNDECIDED
    except InterlockError as problem:
        output.problem(str(problem))
        return FINDINGS
    except BrokenPipeError:
        # The reader of our output went away; closing quietly is what it expects.
        sys.stderr.close()
        return CLEAN
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception:  # the one place where everything is caught: it must not look like a finding
        output.err.print(_bug_box(arguments))
        return INTERNAL


def _message(problem: typer.TyperException) -> str:
    return " ".join(problem.format_message().split())


def _bug_box(arguments: list[str]) -> str:
    line = "-" * 72
    return "\n".join(
        (
            line,
            "interlock has a fault. Please report this box, with the input that led to it.",
            f"version: {program_version()}, Python {platform.python_version()}, {sys.platform}",
            f"command: interlock {shlex.join(arguments)}",
            "",
            traceback.format_exc().rstrip(),
            line,
        )
    )


def run() -> None:
    """Console script."""
    sys.exit(execute(sys.argv[1:]))


if __name__ == "__main__":
    run()
