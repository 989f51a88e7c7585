"""``interlock gateway``: identities, policies and the running of the two gateway halves.

The halves themselves are ``iec62351_4.transport.gateway``, which stands alone; here is what a
command needs around them.
"""
