"""What goes where: results to stdout, everything else to stderr, colour only on request."""

from __future__ import annotations

import os
import sys
from enum import Enum

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

_SEVERITIES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


class Color(Enum):
    """When to colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Output:
    """The two streams of one run of the program."""

    def __init__(self, color: Color = Color.AUTO) -> None:
        self._color = color
        self.out = self._console(stderr=False)
        self.err = self._console(stderr=True)

    def _console(self, *, stderr: bool) -> Console:
        forced = {Color.ALWAYS: True, Color.NEVER: False}.get(self._color)
        no_color = self._color is Color.NEVER or (
            self._color is Color.AUTO and bool(os.environ.get("NO_COLOR"))
        )
        return Console(
            stderr=stderr,
            force_terminal=forced,
            no_color=no_color,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=True,
        )

    @property
    def colors(self) -> bool:
        """Whether stdout gets colours."""
        return self.out.is_terminal and not self.out.no_color

    def result(self, text: str) -> None:
        """Write a result, byte for byte, and a line end; whoever reads along sees it at once."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def findings(self, text: str) -> None:
        """Write rendered diagnostics; the severity in front of each is coloured."""
        if not self.colors:
            self.result(text)
            return
        styled = Text(text)
        for word, style in _SEVERITIES.items():
            styled.highlight_regex(rf"(?m)^{word}\[[A-Z0-9]+\]|(?<=: ){word}\[[A-Z0-9]+\]", style)
        self.out.print(styled)

    def note(self, text: str) -> None:
        """Say something about the run."""
        self.err.print(text)

    def problem(self, text: str) -> None:
        """Say on one line why nothing was done."""
        self.err.print(Text.assemble(("error: ", "bold red"), text))

    def progress(self) -> Progress:
        """A progress bar on stderr; silent where stderr is no terminal."""
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            console=self.err,
            transient=True,
            disable=not self.err.is_terminal,
        )
