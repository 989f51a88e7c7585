"""Presentation PPDUs over the generated codec, and the presentation contexts of a connection.

Owns CP, CPA, CPR, ARU, ARP and user data in normal mode, and the mapping of context identifiers
to abstract syntaxes. What a presentation data value holds belongs to ``acse`` or to the user.

Source: X.226, 8 (PPDUs), 6 and 7 (contexts); 62351-4, 11.1 and 15.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from iec62351_4.codec import iso8823_presentation as codec
from iec62351_4.environment.envelope import BER_TRANSFER_SYNTAX, ExternalEncoding
from iec62351_4.errors import DecodeError, TransportError

NORMAL_MODE = 1
MAX_CONTEXTS = 16


class ContextResult(IntEnum):
    """Answer to one offered context. Source: X.226, Result."""

    ACCEPTANCE = 0
    USER_REJECTION = 1
    PROVIDER_REJECTION = 2


ABSTRACT_SYNTAX_NOT_SUPPORTED = 1
TRANSFER_SYNTAXES_NOT_SUPPORTED = 2


@dataclass(frozen=True, slots=True)
class PresentationContext:
    """One entry of a context definition list."""

    identifier: int
    """Odd for contexts that the initiator defines, positive."""
    abstract_syntax: str
    """Dotted OID."""
    transfer_syntaxes: tuple[str, ...] = (BER_TRANSFER_SYNTAX,)
    """Dotted OIDs, at least one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One entry of a result list."""

    result: int
    transfer_syntax: str | None = None
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class PresentationValue:
    """One presentation data value."""

    context_identifier: int
    octets: bytes = field(repr=False)
    """single-ASN1-type: one complete TLV; other encodings: the content of the string."""
    encoding: ExternalEncoding = ExternalEncoding.SINGLE_ASN1_TYPE


@dataclass(frozen=True, slots=True)
class ConnectPPDU:
    """CP-type in normal mode."""

    calling_selector: bytes | None
    called_selector: bytes | None
    contexts: tuple[PresentationContext, ...]
    values: tuple[PresentationValue, ...]


@dataclass(frozen=True, slots=True)
class AcceptPPDU:
    """CPA-PPDU in normal mode."""

    responding_selector: bytes | None
    answers: tuple[Answer, ...]
    values: tuple[PresentationValue, ...]


@dataclass(frozen=True, slots=True)
class RejectPPDU:
    """CPR-PPDU in normal mode."""

    responding_selector: bytes | None
    answers: tuple[Answer, ...]
    provider_reason: int | None
    values: tuple[PresentationValue, ...]


@dataclass(frozen=True, slots=True)
class AbortPPDU:
    """ARU-PPDU (``is_provider`` false) or ARP-PPDU."""

    is_provider: bool
    provider_reason: int | None = None
    values: tuple[PresentationValue, ...] = ()


@dataclass(slots=True)
class ContextTable:
    """The contexts in use on one connection."""

    offered: tuple[PresentationContext, ...] = ()
    _accepted: dict[int, str] = field(default_factory=dict)

    @property
    def accepted_syntaxes(self) -> tuple[str, ...]:
        """Abstract syntaxes in use, in the order of the offer."""
        return tuple(self._accepted.values())

    def abstract_syntax(self, identifier: int) -> str | None:
        """Abstract syntax of a context in use, or None."""
        return self._accepted.get(identifier)

    def identifier(self, abstract_syntax: str) -> int | None:
        """Identifier of the first context in use for an abstract syntax, or None."""
        for identifier, syntax in self._accepted.items():
            if syntax == abstract_syntax:
                return identifier
        return None

    def offer(self, contexts: Sequence[PresentationContext]) -> None:
        """Client: take note of what was offered; until the answer all of it may be used."""
        self.offered = tuple(contexts)
        self._accepted = {context.identifier: context.abstract_syntax for context in contexts}

    def answer(
        self, contexts: Sequence[PresentationContext], supported: Iterable[str]
    ) -> tuple[Answer, ...]:
        """Server: accept what is supported with BER and return the result list.

        Raises:
            DecodeError: Too many contexts, or an identifier twice or not positive and odd.
        """
        if len(contexts) > MAX_CONTEXTS:
            raise DecodeError(f"more than {MAX_CONTEXTS} presentation contexts", 0, ("CP",))
        known = frozenset(supported)
        self.offered, self._accepted = tuple(contexts), {}
        answers = []
        seen: set[int] = set()
        for context in contexts:
            identifier = context.identifier
            if identifier in seen or identifier <= 0 or identifier % 2 == 0:
                raise DecodeError("presentation context identifier is not new and odd", 0, ("CP",))
            seen.add(identifier)
            if context.abstract_syntax not in known:
                answers.append(_refusal(ABSTRACT_SYNTAX_NOT_SUPPORTED))
            elif BER_TRANSFER_SYNTAX not in context.transfer_syntaxes:
                answers.append(_refusal(TRANSFER_SYNTAXES_NOT_SUPPORTED))
            else:
                self._accepted[identifier] = context.abstract_syntax
                answers.append(Answer(ContextResult.ACCEPTANCE, BER_TRANSFER_SYNTAX))
        return tuple(answers)

    def confirm(self, answers: Sequence[Answer]) -> None:
        """Client: keep what the server accepted.

        Raises:
            DecodeError: The answers do not fit the offer.
        """
        if len(answers) != len(self.offered):
            raise DecodeError("result list does not answer each context", 0, ("CPA",))
        accepted = {}
        for context, answer in zip(self.offered, answers, strict=True):
            if answer.result == ContextResult.ACCEPTANCE:
                if answer.transfer_syntax not in (None, *context.transfer_syntaxes):
                    raise DecodeError("transfer syntax was not offered", 0, ("CPA",))
                accepted[context.identifier] = context.abstract_syntax
        self._accepted = accepted


def _refusal(reason: int) -> Answer:
    return Answer(ContextResult.PROVIDER_REJECTION, None, reason)


# --- values ------------------------------------------------------------------------------------


def _values(user_data: codec.UserData | None, name: str) -> tuple[PresentationValue, ...]:
    if user_data is None:
        return ()
    kind, content = user_data
    if kind != "fully-encoded-data" or isinstance(content, bytes):
        # Simply encoded data is legal only with one context and is used by no MMS peer.
        raise DecodeError("simply encoded user data", 0, (name,))
    found = []
    for item in content:
        encoding, octets = item.presentation_data_values
        if not isinstance(octets, bytes):
            raise DecodeError("presentation data value is a bit string", 0, (name,))
        found.append(
            PresentationValue(
                item.presentation_context_identifier, octets, ExternalEncoding(encoding)
            )
        )
    return tuple(found)


def _user_data(values: Sequence[PresentationValue]) -> codec.UserData | None:
    if not values:
        return None
    items = []
    for value in values:
        if value.encoding is ExternalEncoding.ARBITRARY:
            raise TransportError("a presentation data value cannot be sent as a bit string")
        items.append(
            codec.PDVList(
                presentation_context_identifier=value.context_identifier,
                presentation_data_values=(
                    ("single-ASN1-type", value.octets)
                    if value.encoding is ExternalEncoding.SINGLE_ASN1_TYPE
                    else ("octet-aligned", value.octets)
                ),
            )
        )
    return ("fully-encoded-data", items)


def encode_user_data(values: Sequence[PresentationValue]) -> bytes:
    """Encode user data of DATA TRANSFER, FINISH or DISCONNECT; at least one value."""
    user_data = _user_data(values)
    if user_data is None:
        raise TransportError("user data needs at least one presentation data value")
    return codec.encode_UserData(user_data)


def decode_user_data(octets: bytes) -> tuple[PresentationValue, ...]:
    """Decode user data of DATA TRANSFER, FINISH or DISCONNECT.

    Raises:
        DecodeError: Not fully encoded user data.
    """
    return _values(codec.decode_UserData(octets), "User-data")


# --- PPDUs -------------------------------------------------------------------------------------


def encode_connect(ppdu: ConnectPPDU) -> bytes:
    """Encode a CP-type."""
    parameters = codec.CPTypeNormalModeParameters(
        calling_presentation_selector=ppdu.calling_selector,
        called_presentation_selector=ppdu.called_selector,
        presentation_context_definition_list=[
            codec.ContextListItem(
                presentation_context_identifier=context.identifier,
                abstract_syntax_name=context.abstract_syntax,
                transfer_syntax_name_list=list(context.transfer_syntaxes),
            )
            for context in ppdu.contexts
        ]
        or None,
        user_data=_user_data(ppdu.values),
    )
    return codec.encode_CPType(
        codec.CPType(mode_selector=_NORMAL, normal_mode_parameters=parameters)
    )


_NORMAL = codec.ModeSelector(mode_value=NORMAL_MODE)


def _check_mode(mode: int, parameters: object, name: str) -> None:
    if mode != NORMAL_MODE or parameters is None:
        raise DecodeError("not in normal mode", 0, (name,))


def decode_connect(octets: bytes) -> ConnectPPDU:
    """Decode a CP-type.

    Raises:
        DecodeError: Not a CP-type in normal mode.
    """
    ppdu = codec.decode_CPType(octets)
    parameters = ppdu.normal_mode_parameters
    _check_mode(ppdu.mode_selector.mode_value, parameters, "CP")
    assert parameters is not None  # checked just above
    return ConnectPPDU(
        calling_selector=parameters.calling_presentation_selector,
        called_selector=parameters.called_presentation_selector,
        contexts=tuple(
            PresentationContext(
                item.presentation_context_identifier,
                item.abstract_syntax_name,
                tuple(item.transfer_syntax_name_list),
            )
            for item in parameters.presentation_context_definition_list or ()
        ),
        values=_values(parameters.user_data, "CP"),
    )


def _results(answers: Sequence[Answer]) -> list[codec.ResultListItem] | None:
    return [
        codec.ResultListItem(
            result=answer.result,
            transfer_syntax_name=answer.transfer_syntax,
            provider_reason=answer.reason,
        )
        for answer in answers
    ] or None


def _answers(results: Iterable[codec.ResultListItem] | None) -> tuple[Answer, ...]:
    return tuple(
        Answer(item.result, item.transfer_syntax_name, item.provider_reason)
        for item in results or ()
    )


def encode_accept(ppdu: AcceptPPDU) -> bytes:
    """Encode a CPA-PPDU."""
    parameters = codec.CPAPPDUNormalModeParameters(
        responding_presentation_selector=ppdu.responding_selector,
        presentation_context_definition_result_list=_results(ppdu.answers),
        user_data=_user_data(ppdu.values),
    )
    return codec.encode_CPAPPDU(
        codec.CPAPPDU(mode_selector=_NORMAL, normal_mode_parameters=parameters)
    )


def decode_accept(octets: bytes) -> AcceptPPDU:
    """Decode a CPA-PPDU.

    Raises:
        DecodeError: Not a CPA-PPDU in normal mode.
    """
    ppdu = codec.decode_CPAPPDU(octets)
    parameters = ppdu.normal_mode_parameters
    _check_mode(ppdu.mode_selector.mode_value, parameters, "CPA")
    assert parameters is not None  # checked just above
    return AcceptPPDU(
        responding_selector=parameters.responding_presentation_selector,
        answers=_answers(parameters.presentation_context_definition_result_list),
        values=_values(parameters.user_data, "CPA"),
    )


def encode_reject(ppdu: RejectPPDU) -> bytes:
    """Encode a CPR-PPDU."""
    return codec.encode_CPRPPDU(
        codec.CPRPPDU(
            responding_presentation_selector=ppdu.responding_selector,
            presentation_context_definition_result_list=_results(ppdu.answers),
            provider_reason=ppdu.provider_reason,
            user_data=_user_data(ppdu.values),
        )
    )


def decode_reject(octets: bytes) -> RejectPPDU:
    """Decode a CPR-PPDU.

    Raises:
        DecodeError: Not a CPR-PPDU in normal mode.
    """
    ppdu = codec.decode_CPRPPDU(octets)
    return RejectPPDU(
        responding_selector=ppdu.responding_presentation_selector,
        answers=_answers(ppdu.presentation_context_definition_result_list),
        provider_reason=ppdu.provider_reason,
        values=_values(ppdu.user_data, "CPR"),
    )


def encode_abort(ppdu: AbortPPDU) -> bytes:
    """Encode an ARU-PPDU or ARP-PPDU."""
    if ppdu.is_provider:
        return codec.encode_AbortType(
            ("arp-ppdu", codec.ARPPPDU(provider_reason=ppdu.provider_reason))
        )
    # X.226: an abort names the contexts of its values, because it may overtake the CPA.
    used = dict.fromkeys(value.context_identifier for value in ppdu.values)
    parameters = codec.ARUPPDUNormalModeParameters(
        presentation_context_identifier_list=[
            codec.IdentifierListItem(
                presentation_context_identifier=identifier,
                transfer_syntax_name=BER_TRANSFER_SYNTAX,
            )
            for identifier in used
        ]
        or None,
        user_data=_user_data(ppdu.values),
    )
    return codec.encode_AbortType(("aru-ppdu", ("normal-mode-parameters", parameters)))


def decode_abort(octets: bytes) -> AbortPPDU:
    """Decode an ARU-PPDU or ARP-PPDU.

    Raises:
        DecodeError: Neither of them.
    """
    _, ppdu = codec.decode_AbortType(octets)
    if isinstance(ppdu, codec.ARPPPDU):
        return AbortPPDU(is_provider=True, provider_reason=ppdu.provider_reason)
    return AbortPPDU(is_provider=False, values=_values(ppdu[1].user_data, "ARU"))
