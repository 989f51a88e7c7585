"""TCP, TLS and the asyncio runner: the only place of this package that touches the network.

``tls`` makes contexts, ``runner`` drives one association handler per connection,
``plain_mms`` speaks MMS without security on the plain side of a gateway.
"""
