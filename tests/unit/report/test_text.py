from __future__ import annotations

import pytest

from interlock.report.text import LEGEND, WIDTH, sequence_text
from interlock.verification.results import Origin, OriginKind, Party, Step, Trace
from unit.report import sample

SMALL = Trace(
    (Party("client", "native-client", ""), Party("server", "native-server", "")),
    (
        Step(1, "client", "transport ready", "NC-02", clause="13.3.2", sends=("HandshakeReq",)),
        Step(
            2, "server", "receive HandshakeReq", "NS-06", clause="14.3", before="transport",
            after="wait-app",
            origin=Origin(OriginKind.PEER, "client", step=1, changed=(("m.pp", "other"),)),
        ),
    ),
    conclusion="They differ.",
)  # fmt: skip

EXPECTED = """\
           CLIENT                      ATTACKER                      SERVER
                                                                   (transport)
              |                            :                            |
       transport ready                     :                            |
   1 NC-02, 13.3.2                         :                            |
              |HandshakeReq NC-02, 13.3.2  :                            |
              |---------------------------o:                            |
              |               * changes what nothing                    |
              |               * protects:                               |
              |               * m.pp := other                           |
              |                            : HandshakeReq NS-06, 14.3   |
              |                            :~~~~~~~~~~~~~~~~~~~~~~~~~~~>|
              |                            :                 2 NS-06, 14.3
              |                            :                       (wait-app)
              |                            :                            |

End: They differ."""


def test_a_small_trace() -> None:
    assert sequence_text(SMALL, 87) == EXPECTED


@pytest.mark.parametrize("width", [60, 80, WIDTH])
@pytest.mark.parametrize("trace", [sample.trace(), sample.crowded()], ids=["rich", "crowded"])
def test_no_line_is_wider(trace: Trace, width: int) -> None:
    lines = sequence_text(trace, width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)


def test_every_message_is_there() -> None:
    text = sequence_text(sample.trace())
    for step in sample.trace().steps:
        for message in step.sends:
            assert message in text
    assert "!! check DT-07 fails" in text


def test_the_legend_names_the_three_shafts() -> None:
    assert all(arrow in LEGEND for arrow in ("--->", "~~~>", "===>"))
    assert len(LEGEND) <= WIDTH
