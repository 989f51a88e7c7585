"""Annotated decoding: what octets mean, element by element, by the ASN.1 model.

The entry is ``interlock.decode.decoding.decode``.
"""
