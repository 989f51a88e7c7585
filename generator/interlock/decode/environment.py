"""What surrounds the elements: presentation contexts, what an EXTERNAL holds, certificates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from interlock.asn1 import types as a
from interlock.decode.certificates import summary
from interlock.decode.octets import Octets, read_element
from interlock.decode.tree import MalformedError, Node
from interlock.decode.values import Raw, Value, ValueReader, oid_names
from interlock.spec import Specification
from interlock.spec.paths import UnknownStep, members, resolve_path

E2E, OSI, ACSE, APROFILE, MMS, PRESENTATION = (
    "IEC62351-4-E2E",
    "IEC62351-4-OSI",
    "ACSE-1",
    "IEC62351-4-AProfile",
    "ISO-9506-MMS-Subset",
    "ISO8823-PRESENTATION",
)
_OCTET_STRING = 0x04


class Environment:
    """Knows the tables, and learns the presentation contexts from what it is shown."""

    def __init__(self, spec: Specification) -> None:
        self.spec = spec
        self.model = spec.asn1
        self.values = ValueReader(oid_names(spec.asn1))
        self._syntaxes = {
            context.abstract_syntax: spec.oid(context.abstract_syntax)
            for profile in spec.tables.osi.profiles.values()
            for context in profile.contexts
        }
        # id -> abstract syntaxes: those of the profiles until a context list is seen
        self._contexts: dict[int, frozenset[str]] = {}
        for profile in spec.tables.osi.profiles.values():
            for context in profile.contexts:
                known = self._contexts.get(context.id, frozenset())
                self._contexts[context.id] = known | {self._syntaxes[context.abstract_syntax]}
        self._certificates = self._certificate_keys()

    # --- what is learnt --------------------------------------------------------------------

    def structure_read(self, key: str | None, values: Mapping[str, Raw]) -> None:
        """Take note of a structure that was read: a proposed presentation context."""
        del key
        id, syntax = (
            values.get("presentation-context-identifier"),
            values.get("abstract-syntax-name"),
        )
        if isinstance(id, int) and isinstance(syntax, str):
            self._contexts[id] = frozenset({syntax})

    # --- what is inside --------------------------------------------------------------------

    def content_type(
        self,
        base: a.OpenType,
        path: Sequence[str],
        keys: Sequence[str],
        values: Sequence[Mapping[str, Raw]],
        octets: bytes,
    ) -> str | None:
        """The definition that an open type holds here; None where nothing tells.

        Args:
            base: The open type.
            path: Names that lead here.
            keys: Definitions around it, innermost first.
            values: Values of the structures around it, innermost first.
            octets: The element itself.
        """
        if (base.class_name or "").endswith("PROTECTED-PROTOCOL"):
            return self._only_protocol(base)
        if not path or path[-1] != "single-ASN1-type":
            return None
        if any(name.endswith("authentication-value") for name in path):
            return f"{APROFILE}.MMS-Authentication-value"
        syntaxes = self._syntaxes_of(values)
        if syntaxes is None:
            return None
        # SecPDU before ACSE and MMS: ids of different profiles may be the same
        if self._oid("e2eSecurityAS") in syntaxes:
            return self._secpdu(keys, octets)
        if self._oid("acse-as-id") in syntaxes:
            return f"{ACSE}.ACSE-apdu"
        if self._oid("mms-abstract-syntax-version1") in syntaxes:
            return f"{MMS}.MMSpdu"
        return None

    def _oid(self, name: str) -> str:
        return self._syntaxes.get(name, "")

    def _only_protocol(self, base: a.OpenType) -> str | None:
        types = [
            item.types[base.field_name or "&PrPDU"]
            for item in self.model.objects.values()
            if (base.field_name or "&PrPDU") in item.types
        ]
        if len(types) == 1 and isinstance(types[0], a.ReferenceType):
            return types[0].definition
        return None

    def _syntaxes_of(self, values: Sequence[Mapping[str, Raw]]) -> frozenset[str] | None:
        for frame in values:
            for name in ("indirect-reference", "presentation-context-identifier"):
                id = frame.get(name)
                if isinstance(id, int):
                    return self._contexts.get(id)
            # INTEROP: captured peers put the transfer syntax there beside an indirect-reference
            direct = frame.get("direct-reference")
            if isinstance(direct, str):
                return frozenset({direct})
        return None

    def _secpdu(self, keys: Sequence[str], octets: bytes) -> str | None:
        """The SecPDU by its carrier, as the wrappers of the OSI module have it."""
        for key in keys:
            module, _, name = key.partition(".")
            if module == ACSE and name.endswith("-apdu"):
                wrapper = f"{OSI}.{name.removesuffix('-apdu')}-user-information"
                return self._inside_wrapper(wrapper)
        # in presentation data: ciphertext is an OCTET STRING, a protected-protocol PDU never is
        name = "EncrTransfer" if _applied_tag(octets) == _OCTET_STRING else "ClearTransfer"
        return f"{E2E}.{name}"

    def _inside_wrapper(self, wrapper: str) -> str | None:
        definition = self.model.types.get(wrapper)
        if definition is None or not isinstance(definition.type, a.ListType):
            return None
        inner = members(definition.type.element).get("single-ASN1-type")
        return inner.definition if isinstance(inner, a.ReferenceType) else None

    # --- certificates ----------------------------------------------------------------------

    def annotate(self, node: Node, value: Value, content: bytes) -> None:
        """Say more about a value than its type does."""
        if node.key in self._certificates or node.name == "authentication-Certificate":
            node.value = f"{len(content)} octets"
            node.notes.extend(summary(content, self.values))

    def _certificate_keys(self) -> frozenset[str]:
        """Definitions that are certificates, by the paths of the protection table."""
        return frozenset(self._named_at(self._certificate_paths()))

    def _certificate_paths(self) -> Iterable[tuple[str, str]]:
        for protection in self.spec.tables.protection.values():
            if protection.signature is not None:
                yield protection.key, protection.signature.certificate

    def _named_at(self, paths: Iterable[tuple[str, str]]) -> Iterable[str]:
        for key, path in paths:
            parent, _, last = path.rpartition(".")
            try:
                written = members(resolve_path(self.model, key, parent)).get(last)
            except UnknownStep:
                continue  # refused on loading (SPC021)
            if isinstance(written, a.ReferenceType):
                yield written.definition


def _applied_tag(octets: bytes) -> int | None:
    """Tag octet of ``applData`` in a transfer: the second element inside ``tbp``."""
    whole = Octets(octets)
    try:
        transfer = read_element(whole, 0, len(octets)).extent
        tbp = read_element(whole, transfer.content, transfer.content_end).extent
        token2 = read_element(whole, tbp.content, tbp.content_end).extent
        return octets[token2.end] if token2.end < tbp.content_end else None
    except MalformedError:
        return None
