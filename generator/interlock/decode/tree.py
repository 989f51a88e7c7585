"""What decoding gives: an annotated tree, problems on the way, and where it had to stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from interlock.core.errors import InterlockError


class MalformedError(InterlockError):
    """Octets are not what they should be.

    ``offset`` counts octets from the start of the input; ``path`` leads there by field names.
    """

    def __init__(self, reason: str, offset: int, path: tuple[str, ...] = ()) -> None:
        self.reason, self.offset, self.path = reason, offset, path
        where = f"{'.'.join(path)}: " if path else ""
        super().__init__(f"{where}{reason} (at offset {offset})")


@dataclass(slots=True)
class Node:
    """One element of the input.

    ``header`` octets are tag and length (or what a lower layer has in their place); with them the
    element has ``length`` octets. ``key`` is the key of its ASN.1 definition, if it has a name.
    """

    name: str
    offset: int
    length: int = 0
    header: int = 0
    tag: str = ""
    type: str = ""
    key: str | None = None
    clause: str | None = None
    assumptions: tuple[str, ...] = ()
    value: str = ""
    notes: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    extent: Extent | None = None

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Node]]:
        """The node and everything in it, in order, each with its depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def at(self, path: str) -> Node | None:
        """The node that ``path`` (names joined by points) leads to; None where it is absent.

        Names of alternatives are in the tree, and paths of the tables name them as well.
        """
        here: Node | None = self
        for name in path.split("."):
            here = next((c for c in here.children if c.name == name), None) if here else None
        return here


@dataclass(frozen=True, slots=True)
class Extent:
    """Where an element is in the octets that were decoded (a segment boundary may lie inside)."""

    start: int
    content: int
    content_end: int
    end: int  # behind the end-of-contents octets, if there are any
    is_indefinite: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong and did not keep decoding from going on."""

    reason: str
    offset: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """What became of one signature.

    ``covered`` are ranges of input octets (start, end exclusive). ``reading`` says which octets
    of the component were taken.
    """

    pdu: str
    offset: int
    verdict: str  # "valid", "invalid" or "not verifiable"
    algorithm: str
    covered: tuple[tuple[int, int], ...]
    reading: str
    detail: str


@dataclass(slots=True)
class Decoded:
    """Everything that could be read; ``fault`` tells where reading ended early."""

    nodes: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    signatures: list[SignatureVerdict] = field(default_factory=list)
    fault: MalformedError | None = None

    @property
    def is_clean(self) -> bool:
        """Whether everything was read, nothing was wrong and no signature was invalid."""
        invalid = any(signature.verdict == "invalid" for signature in self.signatures)
        return self.fault is None and not self.problems and not invalid
