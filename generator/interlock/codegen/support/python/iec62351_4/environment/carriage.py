"""Which PPDU and SPDU carries which APDU, built from the inside out.

Pure functions: the state of the association and the order of the session belong to ``osi``.

Source: 62351-4, Table 4; X.225, X.226, X.227.
"""

from __future__ import annotations

from collections.abc import Sequence

from iec62351_4.environment.config import OSIConfig
from iec62351_4.environment.presentation import (
    AbortPPDU,
    AcceptPPDU,
    Answer,
    ConnectPPDU,
    PresentationValue,
    RejectPPDU,
    encode_abort,
    encode_accept,
    encode_connect,
    encode_reject,
    encode_user_data,
)
from iec62351_4.environment.session import (
    DUPLEX,
    REFUSED_BY_USER_WITH_DATA,
    SI,
    SPDU,
    VERSION_2,
    AbortFlags,
    encode_spdu,
)

Values = Sequence[PresentationValue]


def connect_spdu(config: OSIConfig, values: Values) -> bytes:
    """CONNECT with a CP (AARQ)."""
    ppdu = ConnectPPDU(
        calling_selector=config.local_presentation_selector,
        called_selector=config.remote_presentation_selector,
        contexts=config.contexts,
        values=tuple(values),
    )
    spdu = SPDU(
        SI.CONNECT,
        protocol_options=0,
        version_number=VERSION_2,
        requirements=DUPLEX,
        calling_selector=config.local_session_selector,
        called_selector=config.remote_session_selector,
        user_data=encode_connect(ppdu),
    )
    return encode_spdu(spdu, config.user_data_form)


def accept_spdu(
    config: OSIConfig, answers: Sequence[Answer], called_selector: bytes | None, values: Values
) -> bytes:
    """ACCEPT with a CPA (AARE, accepted); the called selector of the CONNECT is echoed."""
    ppdu = AcceptPPDU(
        responding_selector=config.local_presentation_selector,
        answers=tuple(answers),
        values=tuple(values),
    )
    spdu = SPDU(
        SI.ACCEPT,
        protocol_options=0,
        version_number=VERSION_2,
        requirements=DUPLEX,
        called_selector=called_selector,
        user_data=encode_accept(ppdu),
    )
    return encode_spdu(spdu, config.user_data_form)


def refuse_spdu(config: OSIConfig, answers: Sequence[Answer], values: Values) -> bytes:
    """REFUSE with a CPR (AARE, rejected).

    INTERPRETATION (Q40): nothing public says how a rejected AARE travels; a rejected P-CONNECT is a
    CPR and a REFUSE with reason 2, whose user data is inside the reason code.
    """
    ppdu = RejectPPDU(
        responding_selector=config.local_presentation_selector,
        answers=tuple(answers),
        provider_reason=None,
        values=tuple(values),
    )
    spdu = SPDU(
        SI.REFUSE,
        transport_disconnect=AbortFlags.TRANSPORT_RELEASED,
        requirements=DUPLEX,
        version_number=VERSION_2,
        reason=REFUSED_BY_USER_WITH_DATA,
        user_data=encode_reject(ppdu),
    )
    return encode_spdu(spdu)


def finish_spdu(values: Values) -> bytes:
    """FINISH with user data (RLRQ)."""
    spdu = SPDU(
        SI.FINISH,
        transport_disconnect=AbortFlags.TRANSPORT_RELEASED,
        user_data=encode_user_data(values),
    )
    return encode_spdu(spdu)


def disconnect_spdu(values: Values) -> bytes:
    """DISCONNECT with user data (RLRE)."""
    return encode_spdu(SPDU(SI.DISCONNECT, user_data=encode_user_data(values)))


def abort_spdu(cause: AbortFlags, values: Values) -> bytes:
    """ABORT with an ARU (ABRT)."""
    spdu = SPDU(
        SI.ABORT,
        transport_disconnect=AbortFlags.TRANSPORT_RELEASED | cause,
        user_data=encode_abort(AbortPPDU(is_provider=False, values=tuple(values))),
    )
    return encode_spdu(spdu)


def data_spdu(value: PresentationValue) -> bytes:
    """DATA TRANSFER with user data (a TD-PPDU)."""
    return encode_spdu(SPDU(SI.DATA_TRANSFER, user_data=encode_user_data((value,))))
