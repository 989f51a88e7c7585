"""The OSI environment of one association: an octet stream on one side, envelopes on the other.

Owns which PPDU and SPDU carries which APDU, and the order of the session (connect, data,
release, abort). It is sans-IO and knows no security: what an envelope must hold is checked by the
handler.

How the carriers travel (62351-4, Table 4; X.225, X.226, X.227):

===================  ==================  ==============================
envelope             presentation        session
===================  ==================  ==============================
AARQ                 CP                  CONNECT
AARE, accepted       CPA                 ACCEPT
AARE, rejected       CPR                 REFUSE, reason 2 with user data
RLRQ, RLRE           user data           FINISH, DISCONNECT
ABRT                 ARU                 ABORT
DATA                 user data (TD)      GIVE TOKENS, DATA TRANSFER
===================  ==================  ==============================

A rejected AARE inside a CPA and ACCEPT is understood too.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from iec62351_4.environment.acse import (
    UnknownContextError,
    acse_identifier,
    decode_apdu,
    encode_apdu,
)
from iec62351_4.environment.carriage import (
    abort_spdu,
    accept_spdu,
    connect_spdu,
    data_spdu,
    disconnect_spdu,
    finish_spdu,
    refuse_spdu,
)
from iec62351_4.environment.config import OSIConfig, Role
from iec62351_4.environment.cotp import (
    COTPConnection,
    COTPState,
    DisconnectReason,
    SPDUReceived,
    TransportConnected,
    TransportDisconnected,
)
from iec62351_4.environment.envelope import (
    ACSE_ABSTRACT_SYNTAX,
    AbortSource,
    AssociateResult,
    Carrier,
    Envelope,
    UserInformation,
)
from iec62351_4.environment.events import (
    Connected,
    Disconnected,
    EnvironmentEvent,
    ProtocolFault,
    Received,
)
from iec62351_4.environment.presentation import (
    Answer,
    ContextTable,
    PresentationValue,
    decode_abort,
    decode_accept,
    decode_connect,
    decode_reject,
    decode_user_data,
)
from iec62351_4.environment.session import SI, SPDU, AbortFlags, decode_spdu
from iec62351_4.errors import DecodeError, LocalProtocolError, TransportError

EVENT_PROTOCOL_ERROR = "15.1"
EVENT_INDIRECT_REFERENCE = "15.2"
EVENT_PRESENTATION_CONTEXT = "15.3"
EVENT_ACSE = "15.4"
ABORT_PROTOCOL_ERROR = 2


class SessionState(Enum):
    """Where the association is, as far as the session layer sees it."""

    IDLE = "idle"
    """No session connection; COTP may be up."""
    EXPECT_ACCEPT = "expect-accept"
    """Client: CONNECT sent."""
    EXPECT_RESPONSE = "expect-response"
    """Server: CONNECT received, the handler has not answered yet."""
    DATA = "data"
    EXPECT_DISCONNECT = "expect-disconnect"
    """We sent FINISH; data may still arrive."""
    EXPECT_RELEASE_RESPONSE = "expect-release-response"
    """The peer sent FINISH; the handler has not answered yet."""
    RELEASE_COLLISION = "release-collision"
    """Both sent FINISH; both answers are outstanding."""
    CLOSED = "closed"


_RECEIVING_DATA = frozenset(
    {SessionState.DATA, SessionState.EXPECT_DISCONNECT, SessionState.RELEASE_COLLISION}
)
_OPEN = frozenset(SessionState) - {SessionState.IDLE, SessionState.CLOSED}


class _Fault(DecodeError):
    """A fault of the peer with the event that it stands for."""

    def __init__(self, event_id: str, reason: str) -> None:
        super().__init__(reason, 0)
        self.event_id = event_id


class OSIEnvironment:
    """The upper layers of one association over one stream.

    Octets go in with ``receive_data`` and come out of ``connect``, ``send`` and ``data_to_send``;
    the caller writes them in that order. After a ``ProtocolFault`` or ``Disconnected`` event, an
    abort or the end of the release, the environment is closed and the stream must be closed.
    """

    def __init__(self, role: Role, config: OSIConfig) -> None:
        self._role, self._config = role, config
        self._cotp = COTPConnection(is_client=role is Role.CLIENT, config=config.cotp)
        self._contexts = ContextTable()
        self._answers: tuple[Answer, ...] = ()
        self._called_session_selector = config.local_session_selector
        self._state = SessionState.IDLE
        self._output = bytearray()
        self._receivers: dict[SI, Callable[[SPDU], list[EnvironmentEvent]]] = {
            SI.CONNECT: self._on_connect,
            SI.ACCEPT: self._on_accept,
            SI.REFUSE: self._on_refuse,
            SI.DATA_TRANSFER: self._on_data,
            SI.FINISH: self._on_finish,
            SI.DISCONNECT: self._on_disconnect,
            SI.NOT_FINISHED: self._on_disconnect,
            SI.ABORT: self._on_abort,
        }
        self._senders: dict[Carrier, Callable[[Envelope], bytes]] = {
            Carrier.AARQ: self._send_aarq,
            Carrier.AARE: self._send_aare,
            Carrier.RLRQ: self._send_rlrq,
            Carrier.RLRE: self._send_rlre,
            Carrier.ABRT: self._send_abrt,
            Carrier.DATA: self._send_data,
        }

    @property
    def is_client(self) -> bool:
        """Whether we are the side that connects."""
        return self._role is Role.CLIENT

    @property
    def state(self) -> SessionState:
        """Where the association is."""
        return self._state

    @property
    def contexts(self) -> ContextTable:
        """The presentation contexts in use."""
        return self._contexts

    @property
    def buffered_octets(self) -> int:
        """How many octets of incomplete input are held."""
        return self._cotp.buffered_octets

    # --- calls of the owner ---------------------------------------------------------------------

    def connect(self) -> bytes:
        """Return the octets that open the transport connection; client only.

        Raises:
            LocalProtocolError: Called twice, or by a server.
        """
        return self._cotp.connect()

    def send(self, envelope: Envelope) -> bytes:
        """Return the octets that carry an envelope.

        Raises:
            LocalProtocolError: This carrier cannot be sent now, or by this role.
            TransportError, EncodeError: The envelope cannot be encoded. Nothing has changed.
        """
        sender = self._senders.get(envelope.carrier)
        if sender is None:
            raise LocalProtocolError(self._state.value, f"send {envelope.carrier.value}")
        octets = sender(envelope)
        return self.data_to_send() + octets

    def data_to_send(self) -> bytes:
        """Return octets that the environment itself wants sent, once."""
        octets = bytes(self._output)
        self._output.clear()
        return octets

    def close(self) -> None:
        """Forget the association; nothing is sent."""
        self._state = SessionState.CLOSED
        self._cotp.close()

    def receive_data(self, octets: bytes) -> list[EnvironmentEvent]:
        """Take octets of the stream and return what happened, in order. Never raises for them.

        ``data_to_send`` may hold octets afterwards.
        """
        events: list[EnvironmentEvent] = []
        self._cotp.receive_data(octets)
        try:
            while (event := self._cotp.next_event()) is not None:
                match event:
                    case TransportConnected(reply):
                        self._output += reply
                        events.append(Connected())
                    case TransportDisconnected(reason, reply):
                        self._output += reply
                        self._state = SessionState.CLOSED
                        events.append(Disconnected(f"transport disconnected, reason {reason}"))
                    case SPDUReceived(spdu):
                        events.extend(self._on_spdu(spdu))
        except _Fault as fault:
            events.append(self._fail(fault.event_id, fault))
        except DecodeError as error:
            events.append(self._fail(EVENT_PROTOCOL_ERROR, error))
        return events

    # --- receiving ------------------------------------------------------------------------------

    def _on_spdu(self, octets: bytes) -> list[EnvironmentEvent]:
        spdu = decode_spdu(octets)
        receiver = self._receivers.get(spdu.si)
        if receiver is None:
            raise DecodeError(f"{spdu.si.name} is not expected", 0, ("SPDU",))
        return receiver(spdu)

    def _expect(self, spdu: SPDU, *states: SessionState) -> None:
        if self._state not in states:
            raise DecodeError(
                f"{spdu.si.name} is not expected in state {self._state.value}", 0, ("SPDU",)
            )

    def _apdu(self, values: tuple[PresentationValue, ...], *carriers: Carrier) -> Envelope:
        """Decode the one APDU that must be among ``values``."""
        try:
            identifier = acse_identifier(self._contexts)
        except DecodeError as error:
            raise _Fault(EVENT_PRESENTATION_CONTEXT, error.reason) from error
        if len(values) != 1:
            raise _Fault(EVENT_ACSE, f"{len(values)} presentation data values instead of one")
        if values[0].context_identifier != identifier:
            raise _Fault(EVENT_PRESENTATION_CONTEXT, "the APDU is not in the ACSE context")
        try:
            envelope = decode_apdu(
                values[0].octets,
                self._contexts,
                tolerates_empty_ap_title=self._config.leniency.empty_ap_title,
            )
        except UnknownContextError as error:
            raise _Fault(EVENT_INDIRECT_REFERENCE, str(error)) from error
        except DecodeError as error:
            raise _Fault(EVENT_ACSE, str(error)) from error
        if envelope.carrier not in carriers:
            raise _Fault(EVENT_ACSE, f"{envelope.carrier.value} is in the wrong PPDU")
        return envelope

    def _on_connect(self, spdu: SPDU) -> list[EnvironmentEvent]:
        if self.is_client:
            raise DecodeError("CONNECT from a server", 0, ("SPDU",))
        self._expect(spdu, SessionState.IDLE)
        ppdu = decode_connect(_required(spdu))
        supported = [context.abstract_syntax for context in self._config.contexts]
        self._answers = self._contexts.answer(ppdu.contexts, supported)
        self._called_session_selector = spdu.called_selector
        envelope = self._apdu(ppdu.values, Carrier.AARQ)
        self._state = SessionState.EXPECT_RESPONSE
        return [Received(envelope)]

    def _on_accept(self, spdu: SPDU) -> list[EnvironmentEvent]:
        self._expect(spdu, SessionState.EXPECT_ACCEPT)
        ppdu = decode_accept(_required(spdu))
        self._contexts.confirm(ppdu.answers)
        envelope = self._apdu(ppdu.values, Carrier.AARE)
        self._state = SessionState.DATA
        return [Received(envelope)]

    def _on_refuse(self, spdu: SPDU) -> list[EnvironmentEvent]:
        self._expect(spdu, SessionState.EXPECT_ACCEPT)
        if spdu.user_data is None:
            self.close()
            return [Received(Envelope(Carrier.ABRT, reason=spdu.reason))]
        ppdu = decode_reject(spdu.user_data)
        if not ppdu.values:
            self.close()
            return [Received(Envelope(Carrier.ABRT, reason=ppdu.provider_reason))]
        envelope = self._apdu(ppdu.values, Carrier.AARE)
        if envelope.result == AssociateResult.ACCEPTED:
            raise _Fault(EVENT_ACSE, "an accepting AARE in a REFUSE")
        self.close()
        return [Received(envelope)]

    def _on_data(self, spdu: SPDU) -> list[EnvironmentEvent]:
        self._expect(spdu, *_RECEIVING_DATA)
        events: list[EnvironmentEvent] = []
        for value in decode_user_data(_required(spdu)):
            syntax = self._contexts.abstract_syntax(value.context_identifier)
            if syntax is None:
                raise _Fault(EVENT_PRESENTATION_CONTEXT, "data in an unknown presentation context")
            information = UserInformation(
                syntax, value.octets, None, value.context_identifier, value.encoding
            )
            events.append(Received(Envelope(Carrier.DATA, user_information=(information,))))
        return events

    def _on_finish(self, spdu: SPDU) -> list[EnvironmentEvent]:
        self._expect(spdu, SessionState.DATA, SessionState.EXPECT_DISCONNECT)
        envelope = self._apdu(decode_user_data(_required(spdu)), Carrier.RLRQ)
        if self._state is SessionState.DATA:
            self._state = SessionState.EXPECT_RELEASE_RESPONSE
        else:
            self._state = SessionState.RELEASE_COLLISION
        return [Received(envelope)]

    def _on_disconnect(self, spdu: SPDU) -> list[EnvironmentEvent]:
        self._expect(spdu, SessionState.EXPECT_DISCONNECT, SessionState.RELEASE_COLLISION)
        if spdu.si is SI.NOT_FINISHED and self._state is SessionState.RELEASE_COLLISION:
            raise DecodeError("NOT FINISHED after FINISH", 0, ("SPDU",))
        envelope = self._apdu(decode_user_data(_required(spdu)), Carrier.RLRE)
        if self._state is SessionState.RELEASE_COLLISION:
            self._state = SessionState.EXPECT_RELEASE_RESPONSE
        elif spdu.si is SI.NOT_FINISHED:
            self._state = SessionState.DATA
        else:
            self.close()
        return [Received(envelope)]

    def _on_abort(self, spdu: SPDU) -> list[EnvironmentEvent]:
        self._expect(spdu, *_OPEN)
        # Whatever it carries, the association is over. A damaged abort is reported as a fault.
        envelope = Envelope(Carrier.ABRT)
        try:
            if spdu.user_data is not None:
                ppdu = decode_abort(spdu.user_data)
                envelope = Envelope(Carrier.ABRT, reason=ppdu.provider_reason)
                if ppdu.values:
                    envelope = self._apdu(ppdu.values, Carrier.ABRT)
        finally:
            self.close()
        return [Received(envelope)]

    def _fail(self, event_id: str, error: DecodeError) -> ProtocolFault:
        """Close after a fault of the peer, and leave an abort in ``data_to_send``."""
        if self._cotp.state is COTPState.CONNECTED:
            if self._state in _OPEN:
                self._output += self._provider_abort()
            else:
                self._output += self._cotp.disconnect(DisconnectReason.PROTOCOL_ERROR)
        self.close()
        return ProtocolFault(event_id, str(error))

    def _provider_abort(self) -> bytes:
        envelope = Envelope(
            Carrier.ABRT,
            abort_source=AbortSource.SERVICE_PROVIDER,
            abort_diagnostic=ABORT_PROTOCOL_ERROR,
        )
        return self._cotp.send(abort_spdu(AbortFlags.PROTOCOL_ERROR, self._abort_value(envelope)))

    # --- sending --------------------------------------------------------------------------------

    def _require(self, envelope: Envelope, *states: SessionState) -> None:
        if self._state not in states:
            raise LocalProtocolError(self._state.value, f"send {envelope.carrier.value}")

    def _acse_value(self, envelope: Envelope) -> tuple[PresentationValue, ...]:
        apdu = encode_apdu(envelope, self._contexts)
        return (PresentationValue(acse_identifier(self._contexts), apdu),)

    def _send_aarq(self, envelope: Envelope) -> bytes:
        self._require(envelope, SessionState.IDLE)
        if not self.is_client:
            raise LocalProtocolError(self._state.value, "send AARQ")
        self._contexts.offer(self._config.contexts)
        octets = self._cotp.send(connect_spdu(self._config, self._acse_value(envelope)))
        self._state = SessionState.EXPECT_ACCEPT
        return octets

    def _send_aare(self, envelope: Envelope) -> bytes:
        self._require(envelope, SessionState.EXPECT_RESPONSE)
        values = self._acse_value(envelope)
        if envelope.result != AssociateResult.ACCEPTED:
            octets = self._cotp.send(refuse_spdu(self._config, self._answers, values))
            self._state = SessionState.CLOSED
            return octets
        octets = self._cotp.send(
            accept_spdu(self._config, self._answers, self._called_session_selector, values)
        )
        self._state = SessionState.DATA
        return octets

    def _send_rlrq(self, envelope: Envelope) -> bytes:
        self._require(envelope, SessionState.DATA, SessionState.EXPECT_RELEASE_RESPONSE)
        octets = self._cotp.send(finish_spdu(self._acse_value(envelope)))
        if self._state is SessionState.DATA:
            self._state = SessionState.EXPECT_DISCONNECT
        else:
            self._state = SessionState.RELEASE_COLLISION
        return octets

    def _send_rlre(self, envelope: Envelope) -> bytes:
        self._require(
            envelope, SessionState.EXPECT_RELEASE_RESPONSE, SessionState.RELEASE_COLLISION
        )
        octets = self._cotp.send(disconnect_spdu(self._acse_value(envelope)))
        if self._state is SessionState.RELEASE_COLLISION:
            self._state = SessionState.EXPECT_DISCONNECT
        else:
            self._state = SessionState.CLOSED
        return octets

    def _send_abrt(self, envelope: Envelope) -> bytes:
        self._require(envelope, *_OPEN)
        octets = self._cotp.send(abort_spdu(AbortFlags.USER_ABORT, self._abort_value(envelope)))
        self._state = SessionState.CLOSED
        return octets

    def _abort_value(self, envelope: Envelope) -> tuple[PresentationValue, ...]:
        # Without an ACSE context (the peer offered none) only the bare abort is left.
        if self._contexts.identifier(ACSE_ABSTRACT_SYNTAX) is None:
            return ()
        return self._acse_value(envelope)

    def _send_data(self, envelope: Envelope) -> bytes:
        self._require(envelope, SessionState.DATA, SessionState.EXPECT_RELEASE_RESPONSE)
        if len(envelope.user_information) != 1:
            raise TransportError("DATA carries exactly one value")
        item = envelope.user_information[0]
        identifier = item.indirect_reference
        if identifier is None and item.abstract_syntax is not None:
            identifier = self._contexts.identifier(item.abstract_syntax)
        if identifier is None:
            raise TransportError(f"no presentation context for {item.abstract_syntax}")
        return self._cotp.send(data_spdu(PresentationValue(identifier, item.octets, item.encoding)))


def _required(spdu: SPDU) -> bytes:
    if not spdu.user_data:
        raise DecodeError("user data is missing", 0, (spdu.si.name,))
    return spdu.user_data
