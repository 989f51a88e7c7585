"""Codecs of the ASN.1 modules: BER in, DER out.

One module per ASN.1 module, generated; ``_ber`` and ``_der`` are the hand-written support
below them, for reading and for writing.

Conventions, the same in every module:

- A SEQUENCE or SET is a dataclass with the ASN.1 identifiers (``-`` written ``_``) as keyword
  arguments; OPTIONAL is ``None`` when absent. SEQUENCE OF is a list. A CHOICE is a pair
  ``(alternative, value)`` with the alternative's name as in ASN.1.
- A BIT STRING with named bits is an ``int`` mask in which ASN.1 bit *n* is ``1 << n``; others
  are ``BitString``. OBJECT IDENTIFIER is dotted text. Times and open types are octets.
- ``decode_X(octets, der=False)`` reads exactly one value and raises nothing but
  ``DecodeError``. ``encode_X(value)`` makes DER and raises nothing but ``EncodeError``.
- ``encode_X_content(value)`` makes the content octets without tag and length: what signatures
  and ICVs cover. A component whose octets they cover has a companion ``<name>_octets`` with
  the content octets *as received*: verify over those, never over a re-encoding.
- ``read_X`` and ``write_X`` are the inner functions that the modules share; they trust their
  arguments and are not part of the interface.
"""
