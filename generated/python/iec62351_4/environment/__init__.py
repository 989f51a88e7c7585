"""The OSI environment: what carries the SecPDUs, from TPKT up to ACSE.

Everything in here is sans-IO: octets in, typed values out. No sockets, no clock, no randomness.
"""
