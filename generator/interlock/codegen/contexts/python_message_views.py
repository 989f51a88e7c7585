"""Reading and building PDUs in Python: from the handler IR to the text of expressions."""

from __future__ import annotations

from interlock.codegen.contexts.python_expressions import empty_value, python_type
from interlock.codegen.contexts.python_messages import (
    CarrierView,
    FieldView,
    ImportView,
    MessagesContext,
    MessageView,
    PairView,
    ParameterView,
    codec_module,
    imports_of,
    suffix,
    view_name,
)
from interlock.codegen.names.python import attribute_name, class_name, constant_name
from interlock.core.errors import GenerationError
from interlock.ir import handler as ir
from interlock.model import types as t

_BASES = {"signature": "SignedMessage", "icv": "TransferMessage", "encryption": "TransferMessage"}


def messages_context(source: ir.MessageSetIR, vocabulary: ir.VocabularyIR) -> MessagesContext:
    """The context of the message module of a mode."""
    builder = _Builder(source, {e.name: e.names for e in vocabulary.enumerations})
    messages = tuple(builder.message(m) for m in source.messages)
    carriers = tuple(builder.carrier(c) for c in source.carriers)
    return MessagesContext("", source.mode, builder.imports(), messages, carriers)


class _Builder:
    def __init__(self, source: ir.MessageSetIR, empty: dict[str, tuple[str, ...]]) -> None:
        self._source = source
        self._empty = empty
        self._imports: set[tuple[str, str]] = set()

    def imports(self) -> tuple[ImportView, ...]:
        """Everything that the printed expressions use, by module."""
        return imports_of(self._imports)

    def _use(self, module: str, name: str) -> str:
        self._imports.add((module, name))
        return name

    def _codec(self, module: str, name: str) -> str:
        return self._use(codec_module(module), name)

    def _word(self, name: str) -> str:
        return self._use("iec62351_4.handlers.vocabulary", name)

    def _projection(self, name: str) -> str:
        return self._use("iec62351_4.handlers.projections", name)

    # --- reading -----------------------------------------------------------------------------

    def place(self, path: tuple[ir.Access, ...]) -> tuple[str, list[str]]:
        """The component at a path, and what must hold for it to be reached."""
        place, guards = "pdu", []
        for position, step in enumerate(path):
            if step.is_alternative:
                guards.append(f'{place}[0] == "{step.name}"')
                place = f"{place}[1]"
            else:
                place = f"{place}.{attribute_name(step.name)}"
                if step.is_optional and position < len(path) - 1:
                    guards.append(f"{place} is not None")
        return place, guards

    def _read(self, field: ir.FieldIR) -> str:
        place, guards = self.place(field.path)
        optional = field.path[-1].is_optional
        value = self._projected(field, place, optional)
        empty = empty_value(field.type, self._empty)
        if optional and field.projection in ("enumerated", "algorithm", "time", "integer"):
            guards.append(f"{place} is not None")
        if not guards:
            return value
        return f"{value} if {' and '.join(guards)} else {empty}"

    def _projected(self, field: ir.FieldIR, place: str, optional: bool) -> str:
        match field.projection:
            case "algorithm":
                return self._algorithm(field.type, place)
            case "algorithms":
                source = f"{place} or ()" if optional else place
                return f"tuple({self._algorithm(field.type, 'one')} for one in {source})"
            case "bit":
                return f"bool({place} & {field.mask:#b})"
            case "boolean" | "integer":
                return place
            case "branch":
                return (
                    f"{self._lookup(field.type, 'NAME')}.get({place}[0], {self._other(field.type)})"
                )
            case "certificates":
                return f"tuple({place} or ())"
            case "enumerated":
                return (
                    f"{self._lookup(field.type, 'NUMBER')}.get({place}, {self._other(field.type)})"
                )
            case "groups" | "shares":
                name = self._projection(f"read_{field.projection}")
                return f"{name}({place} or ())" if optional else f"{name}({place})"
            case "kept":
                return f"{place}_octets"
            case "octets":
                return f'{place} or b""' if optional else place
            case "present":
                return f"{place} is not None"
            case "protected-protocol":
                return (
                    f"{self._word('PROTECTED_PROTOCOLS')}.get({place}, {self._other(field.type)})"
                )
            case "size":
                return f"len({place})"
            case "text":
                return f'{place} or ""' if optional else place
            case "time":
                return self._time(field, place)
            case other:
                raise GenerationError(f'no Python for projection "{other}"')

    def _algorithm(self, kind: t.Type, place: str) -> str:
        table, other = self._lookup(kind, "OID"), self._other(kind)
        return f"{self._projection('read_algorithm')}({place}, {table}, {other})"

    def _time(self, field: ir.FieldIR, place: str) -> str:
        if field.is_text:
            name = self._use("iec62351_4.times", "parse_a_profile_time")
            return f'{name}({place}.encode("ascii"))'
        return f"{self._use('iec62351_4.times', 'parse_time_stamp')}({place})"

    def _lookup(self, kind: t.Type, by: str) -> str:
        return self._word(f"{constant_name(_enum(kind))}_BY_{by}")

    def _other(self, kind: t.Type) -> str:
        return f"{self._word(_enum(kind))}.other"

    # --- building ----------------------------------------------------------------------------

    def construct(self, node: ir.ConstructIR) -> str:
        """The expression that builds a component."""
        match node:
            case ir.LeafIR(field=field, is_optional=optional):
                return self._written(field, optional)
            case ir.BitsIR(fields=fields):
                parts = [f"({f.mask:#b} if {attribute_name(f.name)} else 0)" for f in fields]
                return " | ".join(parts)
            case ir.ComputedIR(what=what):
                return what
            case ir.ChoiceIR():
                return self._chosen(node)
            case ir.StructureIR():
                return self.structure(node, "covered")

    def structure(self, node: ir.StructureIR, covered: str) -> str:
        """The constructor call of a structure; ``covered`` names what is built before."""
        if node.is_covered and covered:
            return covered
        members = ", ".join(
            f"{attribute_name(m.name)}={self.construct(m.value)}" for m in node.members
        )
        return f"{self._codec(node.module, class_name(node.names))}({members})"

    def _chosen(self, node: ir.ChoiceIR) -> str:
        texts = [f'("{m.name}", {self.construct(m.value)})' for m in node.alternatives]
        if node.selector is None:
            if len(texts) != 1:
                raise GenerationError("a CHOICE without a selecting field has one alternative")
            return texts[0]
        kind = _enum(node.selector.type)
        name = attribute_name(node.selector.name)
        out = texts[-1]
        for member, text in zip(
            reversed(node.alternatives[:-1]), reversed(texts[:-1]), strict=True
        ):
            out = f"{text} if {name} is {self._word(kind)}.{attribute_name(member.name)} else {out}"
        return f"({out})"

    def _written(self, field: ir.FieldIR, optional: bool) -> str:
        name = attribute_name(field.name)
        match field.projection:
            case "algorithm":
                return f"{self._projection('algorithm_identifier')}({name})"
            case "algorithms":
                text = f"{self._projection('algorithm_identifiers')}({name})"
                return f"{text} or None" if optional else text
            case "boolean" | "integer":
                return name
            case "certificates":
                return f"list({name}) or None" if optional else f"list({name})"
            case "enumerated":
                table = self._word(f"{constant_name(_enum(field.type))}_NUMBERS")
                return (
                    f"None if {name} is None else {table}[{name}]"
                    if optional
                    else f"{table}[{name}]"
                )
            case "octets" | "text":
                return f"{name} or None" if optional else name
            case "protected-protocol":
                return f"{self._word('PROTECTED_PROTOCOL_NAMES')}[{name}]"
            case "shares":
                text = f"{self._projection('diffie_hellman_set')}({name})"
                return f"{text} or None" if optional else text
            case "time" if field.is_text:
                return f"{self._projection('a_profile_time')}({name})"
            case "time":
                return f"{self._use('iec62351_4.times', 'format_time_stamp')}({name})"
            case other:
                raise GenerationError(f'projection "{other}" cannot be written')

    def _parameter(self, field: ir.FieldIR) -> ParameterView:
        annotation = python_type(field.type)
        default = empty_value(field.type, self._empty)
        if field.projection == "enumerated" and field.path[-1].is_optional:
            annotation, default = f"{annotation} | None", "None"
        self._names_in(annotation)
        return ParameterView(attribute_name(field.name), annotation, default, field.words)

    def _names_in(self, annotation: str) -> None:
        for name in self._empty:
            if name in annotation.replace("[", " ").replace(",", " ").split():
                self._word(name)
        for name in ("DHShares",):
            if name in annotation:
                self._use("iec62351_4.handlers.services", name)

    # --- messages ----------------------------------------------------------------------------

    def message(self, source: ir.MessageIR) -> MessageView:
        """The view of one message."""
        base = _BASES.get(source.protection or "", "ReceivedMessage")
        fields = []
        for item in source.fields:
            annotation = python_type(item.type)
            self._names_in(annotation)
            fields.append(
                FieldView(
                    attribute_name(item.name),
                    annotation,
                    empty_value(item.type, self._empty),
                    item.words,
                    self._read(item),
                )
            )
        signature = source.signature
        covered = _covered(source.construct)
        has_pdu = bool(source.pdu)
        pdu_class = class_name((source.pdu,)) if has_pdu else ""
        wrapper = source.wrapper
        if has_pdu:
            self._codec(source.module, pdu_class)
        return MessageView(
            view=view_name(source.name),
            base=base,
            words=source.words,
            clause=source.clause,
            suffix=suffix(source.name),
            has_pdu=has_pdu,
            decode=self._decode(source) if has_pdu else "",
            encode=self._encode(source.module, pdu_class) if has_pdu and not wrapper else "",
            pdu_class=pdu_class,
            fields=tuple(fields),
            extra=tuple(self._extra(source)),
            parameters=tuple(self._parameter(f) for f in source.sendable) if has_pdu else (),
            covered=self._covered_text(source, covered),
            covered_value=self._covered_value(source, covered),
            content=self._content(source, covered),
            whole=self.construct(source.construct) if source.construct else "",
            is_signed=source.protection == "signature",
            is_icv=source.protection == "icv",
            is_encrypted=source.protection == "encryption",
            signer_algorithm=self._signer(signature),
            wrapped_encode=self._encode(wrapper.module, class_name((wrapper.name,)))
            if wrapper
            else "",
            alternative=wrapper.alternative if wrapper else "",
            is_wrapped=wrapper is not None,
        )  # fmt: skip

    def _encode(self, module: str, name: str) -> str:
        return self._codec(module, f"encode_{name}")

    def _decode(self, source: ir.MessageIR) -> str:
        if source.wrapper is not None:
            name = class_name((source.wrapper.name,))
            return self._codec(source.wrapper.module, f"decode_{name}")
        return self._codec(source.module, f"decode_{class_name((source.pdu,))}")

    def _extra(self, source: ir.MessageIR) -> list[PairView]:
        if source.signature is not None and source.protection == "signature":
            rule = source.signature
            signature, _ = self.place(rule.signature)
            covers, _ = self.place(rule.covers)
            octets = f"{covers}_octets"
            if rule.covers_tlv:
                octets = f"{self._projection('element')}({rule.covered_tag:#04x}, {octets})"
            return [
                PairView("signature", signature),
                PairView("signature_input", octets),
                PairView("signature_algorithm", self._algorithm_read(source)),
            ]
        if source.protection == "icv":
            return [
                PairView("tbp", "pdu.tbp_octets"),
                PairView("nonce", "pdu.auth.nonce"),
                PairView("icv", "pdu.auth.icv"),
            ]
        if source.protection == "encryption":
            return [
                PairView("is_encrypted", "True"),
                PairView("tbp", "pdu.tbp_octets"),
                PairView("nonce", "None if pdu.auth is None else pdu.auth.nonce"),
                PairView("icv", "None if pdu.auth is None else pdu.auth.icv"),
            ]
        return []

    def _algorithm_read(self, source: ir.MessageIR) -> str:
        rule = source.signature
        if rule is not None and rule.fixed_algorithm:
            return f'"{rule.fixed_algorithm}"'
        field = next(f for f in source.fields if f.name == "sign-algorithm")
        return f"{self._read(field)}.value"

    def _signer(self, rule: ir.SignatureIR | None) -> str:
        if rule is None:
            return ""
        if rule.fixed_algorithm:
            name = attribute_name(rule.fixed_algorithm)
            return f"{self._word('SignatureAlgorithm')}.{name}"
        return "sign_algorithm"

    def _covered_text(self, source: ir.MessageIR, covered: ir.StructureIR | None) -> str:
        if source.signature is not None and source.signature.covers_text:
            field = next(f for f in source.sendable if f.path == source.signature.covers)
            return self._written(field, False)
        return "" if covered is None else self.structure(covered, "")

    def _covered_value(self, source: ir.MessageIR, covered: ir.StructureIR | None) -> str:
        """The token2 of a transfer, which is encoded on its own before the rest."""
        if covered is None or source.protection not in ("icv", "encryption"):
            return ""
        token2 = next(m.value for m in covered.members if m.name == "token2")
        for name in ("Authenticator", class_name(covered.names), "encode_ClearToken2_content"):
            self._codec(covered.module, name)
        self._projection("algorithm_identifier")
        self._word("IcvAlgorithm")
        if source.protection == "encryption":
            self._word("Protection")
        return self.construct(token2)

    def _content(self, source: ir.MessageIR, covered: ir.StructureIR | None) -> str:
        rule = source.signature
        if rule is not None and rule.covers_text:
            octets = 'covered.encode("ascii")'
            if rule.covers_tlv:
                return f"{self._projection('element')}({rule.covered_tag:#04x}, {octets})"
            return octets
        if covered is None:
            return ""
        name = self._codec(covered.module, f"encode_{class_name(covered.names)}_content")
        return f"{name}(covered)"

    # --- carriers ----------------------------------------------------------------------------

    def carrier(self, source: ir.CarrierIR) -> CarrierView:
        """The view of one carrier."""
        if not source.in_authentication_value and (source.wrapped or source.carries):
            self._projection("secpdu_of")
        if source.discriminator:
            self._projection("tag_at")
            self._projection("OCTET_STRING_TAGS")
        return CarrierView(
            carrier=source.carrier,
            is_wrapped=bool(source.wrapped),
            is_discriminated=bool(source.discriminator),
            is_direct=bool(source.carries) and not source.discriminator
            and not source.in_authentication_value,
            is_authentication=source.in_authentication_value,
            alternatives=tuple(
                PairView(suffix(name), bytes([tag])) for tag, name in source.wrapped
            ),
            decode="",
            suffix=suffix(source.carries or ""),
            else_suffix=suffix(source.carries_else or ""),
            otherwise=view_name(source.otherwise or ""),
            path=", ".join(map(str, source.discriminator)),
        )  # fmt: skip


def _enum(kind: t.Type) -> str:
    match kind:
        case t.Enum(name=name):
            return name
        case t.ListOf(element=element) | t.SetOf(element=element):
            return element.name
        case _:
            raise GenerationError(f"{kind} is no enumeration")


def _covered(node: ir.ConstructIR | None) -> ir.StructureIR | None:
    if isinstance(node, ir.StructureIR):
        if node.is_covered:
            return node
        for member in node.members:
            found = _covered(member.value)
            if found is not None:
                return found
    return None


__all__ = ["messages_context"]
