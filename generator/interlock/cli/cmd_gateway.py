"""``interlock gateway``: one half of the bump in the wire, or demonstration files for both."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from interlock.cli.options import output_of
from interlock.gateway.choices import Half, LogFormat, Mode, Protection

command = typer.Typer(
    help="Carry the MMS of plain applications, protected by IEC 62351-4.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SECURE, CLEAR = "127.0.0.1:3782", "127.0.0.1:102"
"""Between the halves, with TLS and without."""
PLAIN_CLIENTS, PLAIN_SERVER = "127.0.0.1:10102", "127.0.0.1:102"
"""Where plain clients are taken in, and where the plain server is."""
HELP = {
    Half.CLIENT: "Take plain MMS clients in and associate onwards, protected.",
    Half.SERVER: "Terminate the protection and associate with a plain MMS server.",
}


def _file(*names: str, help: str) -> object:
    return typer.Option(*names, metavar="FILE", help=help, show_default=False)


IdentityOption = Annotated[
    Path | None,
    typer.Option(
        "--identity",
        metavar="DIR",
        help="Folder with application.pem, .key, -ca.pem, -crl.pem, the same for tls, and "
        "policy.yaml; as written by init.",
        show_default=False,
    ),
]
CertificateOption = Annotated[
    Path | None, _file("--certificate", help="Certificate of the application, then its path.")
]
KeyOption = Annotated[Path | None, _file("--key", help="Private key of the application.")]
TrustOption = Annotated[Path | None, _file("--trust", help="Trust anchors for applications.")]
CRLOption = Annotated[Path | None, _file("--crl", help="Revocation lists for applications.")]
TLSCertificateOption = Annotated[
    Path | None, _file("--tls-certificate", help="Certificate for TLS, then its path.")
]
TLSKeyOption = Annotated[Path | None, _file("--tls-key", help="Private key for TLS: another one.")]
TLSTrustOption = Annotated[Path | None, _file("--tls-trust", help="Trust anchors for TLS.")]
TLSCRLOption = Annotated[Path | None, _file("--tls-crl", help="Revocation lists for TLS.")]
ModeOption = Annotated[Mode, typer.Option(help="compat: A-profile; native: end to end.")]
ProtectionOption = Annotated[
    Protection,
    typer.Option(
        help="Native mode: AES-GCM (ae), AES-CBC and HMAC (cbc), or only an HMAC (clear). "
        "Nothing else is negotiated."
    ),
]
TLSOption = Annotated[bool, typer.Option("--tls/--no-tls", help="Whether TLS is below.")]
PeerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--peer",
        metavar="AP-TITLE/AE-QUALIFIER",
        help="Who may be at the other end, e.g. 1.1.999.2/23; a server half takes several.",
        show_default=False,
    ),
]
PolicyOption = Annotated[
    Path | None,
    _file("--policy", help="YAML with peers, native, compatibility, limits."),
]
LogOption = Annotated[LogFormat, typer.Option("--log", help="Form of the events on stderr.")]
ListenOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Where to listen; port 0 picks a free one. Default: client half "
        f"{PLAIN_CLIENTS}, server half {SECURE} (without TLS {CLEAR}).",
        show_default=False,
    ),
]
ConnectOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help=f"Where to connect to. Default: client half {SECURE} (without TLS {CLEAR}), "
        f"server half {PLAIN_SERVER}.",
        show_default=False,
    ),
]


@command.command("init")
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Gets the folders client, server.")],
) -> None:
    """Make keys and certificates for a demonstration: DIR/client and DIR/server.

    The keys of the authorities are thrown away; those of the halves are not encrypted.
    """
    from interlock.gateway.demonstration import write_demonstration

    output = output_of(context)
    for place in write_demonstration(folder, time.time_ns() // 1_000_000):
        output.result(str(place))
    output.note("for demonstrations only: keys are not encrypted")


def _half(half: Half) -> Callable[..., None]:
    """The command of one half; both have the same options."""

    def run_half(
        context: typer.Context,
        listen: ListenOption = None,
        connect: ConnectOption = None,
        peer: PeerOption = None,
        mode: ModeOption = Mode.NATIVE,
        protection: ProtectionOption = Protection.AE,
        tls: TLSOption = True,
        identity: IdentityOption = None,
        certificate: CertificateOption = None,
        key: KeyOption = None,
        trust: TrustOption = None,
        crl: CRLOption = None,
        tls_certificate: TLSCertificateOption = None,
        tls_key: TLSKeyOption = None,
        tls_trust: TLSTrustOption = None,
        tls_crl: TLSCRLOption = None,
        policy: PolicyOption = None,
        log: LogOption = LogFormat.SYSLOG,
    ) -> None:
        from interlock.gateway.eventlog import EventLog
        from interlock.gateway.identity import choose_files, read_party
        from interlock.gateway.policy import choose_policy
        from interlock.gateway.service import Plan, parse_endpoint, run

        output = output_of(context)
        files = choose_files(
            identity,
            application=(certificate, key, trust, crl),
            tls=(tls_certificate, tls_key, tls_trust, tls_crl) if tls else None,
        )
        outside = SECURE if tls else CLEAR
        defaults = {Half.CLIENT: (PLAIN_CLIENTS, outside), Half.SERVER: (outside, PLAIN_SERVER)}
        plan = Plan(
            half=half,
            mode=mode,
            protection=protection,
            listen=parse_endpoint(listen or defaults[half][0]),
            connect=parse_endpoint(connect or defaults[half][1]),
            party=read_party(files),
            policy=choose_policy(policy, identity, peer or ()),
        )
        how = f"{mode.value}, {'TLS' if tls else 'no TLS'}"
        if mode is Mode.NATIVE:
            how += f", {protection.value}"
        run(
            plan,
            EventLog(sys.stderr, log),
            lambda at: output.result(f"{half.value} half ({how}): {at} -> {plan.connect}"),
        )

    return run_half


for _each in Half:
    command.command(
        _each.value,
        help=f"{HELP[_each]} Runs until SIGINT or SIGTERM; security events go to stderr.",
    )(_half(_each))
