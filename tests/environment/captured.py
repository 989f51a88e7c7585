"""The captured associations of two commercial peers, as far as their octets are public.

Certificate, signature and time are placeholders of the captured length; everything else is the
captured layout, assembled here by hand and not by the code under test.
"""

from __future__ import annotations

from iec62351_4.environment.config import Mode, OSIConfig, contexts_of
from iec62351_4.environment.envelope import (
    MMS_ABSTRACT_SYNTAX,
    MMS_APPLICATION_CONTEXT,
    Carrier,
    Envelope,
    UserInformation,
)

MECHANISM_NAME = "1.0.840.0.1.0.1.1"
CONFIG = OSIConfig(contexts=contexts_of(Mode.COMPAT))

_SESSION_ITEM = bytes.fromhex("0506130100160102" + "14020002")
_CERTIFICATE_AARQ, _CERTIFICATE_AARE = b"\x30\x82" + bytes(870), b"\x30\x82" + bytes(777)
_SIGNATURE = bytes(range(256))
INITIATE_REQUEST = bytes.fromhex(
    "a826800300fde881010a82010a830105a416800101810305f100820c03ee1c00000402000079ef18"
)
INITIATE_RESPONSE = bytes.fromhex(
    "a926800300fde8810105820105830105a416800101810305f100820c03ee1c00000402000079ef18"
)

AUTHENTICATION_AARQ = (
    bytes.fromhex("a082048180820368")
    + _CERTIFICATE_AARQ
    + b"\x81\x0f20260929141404."
    + bytes.fromhex("82820100")
    + _SIGNATURE
)
AUTHENTICATION_AARE = (
    bytes.fromhex("a08204248082030b")
    + _CERTIFICATE_AARE
    + b"\x81\x0f20260929160243."
    + bytes.fromhex("82820100")
    + _SIGNATURE
)

AARQ_SPDU = (
    bytes.fromhex("0dff0579")
    + _SESSION_ITEM
    + bytes.fromhex("3302000134020001c2ff0561")
    + bytes.fromhex("3182055da003800101a2820554810400000001820400000001")
    + bytes.fromhex("a438")
    + bytes.fromhex("3010020103060528ca220201300406025101")
    + bytes.fromhex("300f020101060452010001300406025101")
    + bytes.fromhex("301302010506082886480001010401300406025101")
    + bytes.fromhex("6182050a30820506020101a08204ff608204fb")
    + bytes.fromhex("a107060528ca220203a2020600a606060429876701a70302010c")
    + bytes.fromhex("a80302010aa90302010a8a0207808b082886480001000101")
    + bytes.fromhex("ac820490a282048c020105a0820485")
    + AUTHENTICATION_AARQ
    + bytes.fromhex("be33283106025101020103a028")
    + INITIATE_REQUEST
)

AARE_SPDU = (
    bytes.fromhex("0eff04f0")
    + _SESSION_ITEM
    + bytes.fromhex("34020001c2ff04dc")
    + bytes.fromhex("318204d8a003800101a28204cf830400000001")
    + bytes.fromhex("a51b" + "300780010081025101" * 3)
    + bytes.fromhex("618204a8308204a4020101a082049d61820499")
    + bytes.fromhex("a107060528ca220203a203020100a305a103020100")
    + bytes.fromhex("a40706052901876701a50302010c8802078089082886480001000101")
    + bytes.fromhex("aa820433a282042f020105a0820428")
    + AUTHENTICATION_AARE
    + bytes.fromhex("be2f282d020103a028")
    + INITIATE_RESPONSE
)

AARQ = Envelope(
    Carrier.AARQ,
    application_context=MMS_APPLICATION_CONTEXT,
    requirements_authentication=True,
    mechanism_name=MECHANISM_NAME,
    authentication_value=AUTHENTICATION_AARQ,
    user_information=(
        UserInformation(
            MMS_ABSTRACT_SYNTAX, INITIATE_REQUEST, direct_reference="2.1.1", indirect_reference=3
        ),
    ),
    calling_ap_title="1.1.999.1",
    calling_ae_qualifier=12,
    calling_ap_invocation_id=10,
    calling_ae_invocation_id=10,
    called_ap_title="",
    offered_syntaxes=("1.0.9506.2.1", "2.2.1.0.1", "1.0.840.0.1.1.4.1"),
)

AARE = Envelope(
    Carrier.AARE,
    application_context=MMS_APPLICATION_CONTEXT,
    requirements_authentication=True,
    mechanism_name=MECHANISM_NAME,
    authentication_value=AUTHENTICATION_AARE,
    user_information=(
        UserInformation(MMS_ABSTRACT_SYNTAX, INITIATE_RESPONSE, indirect_reference=3),
    ),
    result=0,
    diagnostic_source=1,
    diagnostic=0,
    responding_ap_title="1.1.1.999.1",
    responding_ae_qualifier=12,
    offered_syntaxes=("1.0.9506.2.1", "2.2.1.0.1", "1.0.840.0.1.1.4.1"),
)
