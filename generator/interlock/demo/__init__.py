"""``interlock demo``: the generated handlers carry real MMS, and show what they say.

Programs that others wrote run in processes of their own (``peer_*``); libiec61850 is under the
GPL and is imported nowhere else.
"""
