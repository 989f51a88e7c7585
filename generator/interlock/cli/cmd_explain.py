"""``interlock explain``: one property, its verdict, and the attack or the proof."""

from __future__ import annotations

from typing import Annotated

import typer

from interlock.cli.loading import assumptions
from interlock.cli.location import find_root
from interlock.cli.options import Amend, Assume, Edition, Root, output_of


def command(
    context: typer.Context,
    property: Annotated[str, typer.Argument(metavar="PROPERTY", help="Id, e.g. DS-1.any.")],
    amend: Amend = None,
    edition: Edition = None,
    assume: Assume = None,
    root: Root = None,
) -> None:
    """Explain one property: words, clause, formula, verdict, and the attack step by step."""
    from interlock.cli.cmd_verify import verdicts_of, verifier_of
    from interlock.report.assemble import property_text, variant_texts
    from interlock.report.explain import explain
    from interlock.verification.verifier import Wanted

    output = output_of(context)
    chosen = assumptions(assume or ())
    verifier = verifier_of(
        find_root(root), chosen, tuple(amend or ()), edition, second=True, keep=True
    )
    wanted = Wanted((property,))
    (one,) = verifier.select(wanted)
    verdicts = verdicts_of(output, verifier, wanted, fresh=False, jobs=1)
    output.result(explain(property_text(one), verdicts, variant_texts(verifier)).rstrip("\n"))
