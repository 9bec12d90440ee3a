"""Did the mail server take it? One message over SMTP, under the rules for everything that goes out.

Until the message itself is sent, nothing was taken. From its first byte to the server's answer nobody can tell.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from saleswright.kernel.effects.adapter import Later, Refused, Unknown
from saleswright.kernel.outbound.connect import Deadline, Resolve, Unreached, connect, resolve
from saleswright.kernel.outbound.rules import Blocked, Rules
from saleswright.kernel.outbound.secret import NONE, Secret, told

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in. security: starttls, tls (from the first byte), or none, for a server on this machine."""

    host: str
    port: int
    security: str = "starttls"
    user: Secret = NONE
    password: Secret = NONE


class _Line(smtplib.SMTP):
    """A conversation over a connection that is there already."""

    def __init__(self, line: socket.socket, host: str, name: str) -> None:
        self._line = line
        super().__init__(host, line.getpeername()[1], local_hostname=name)
        # For the certificate: it is the server's name that has to be in it, not its address.
        self._host = host

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line


def hand_in(
    server: Server,
    rules: Rules,
    sender: str,
    to: str,
    content: bytes,
    secure: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ask: Resolve = resolve,
    seconds: float = SECONDS,
) -> str:
    """Hand one message in; what the server says when it has it. Raises Refused, Later or Unknown."""
    deadline = Deadline(seconds)
    begun = False
    try:
        host = rules.named(server.host)
        line = connect(host, server.port, rules.granted(host), deadline, ask)
        if server.security == "tls":
            line = secure().wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
            deadline.watch(line)
            line.do_handshake()
        smtp = _Line(line, host, "saleswright.invalid")
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=secure())
            if smtp.sock is not None:
                deadline.watch(smtp.sock)
            smtp.ehlo()
        if server.user.text:
            smtp.login(server.user.text, server.password.text)
        _agree(*smtp.mail(sender), server)
        _agree(*smtp.rcpt(to), server)
        code, said = smtp.docmd("DATA")
        _agree(code, said, server)
        if code != 354:
            raise Later(f"{server.host} answered {code} where it should have asked for the message")
        begun = True
        smtp.send(_dotted(content))
        code, said = smtp.getreply()
        _agree(code, said, server)
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.send(b"QUIT\r\n")
        return told(said.decode("utf-8", "replace"), server.user, server.password)
    except Blocked as error:
        raise Refused(str(error)) from None
    except Unreached as error:
        raise Later(str(error)) from None
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(f"{server.host} does not know this user: {error.smtp_code}") from None
    except smtplib.SMTPResponseException as error:
        _agree(error.smtp_code, error.smtp_error, server)
        raise Later(f"{server.host} answered {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        why = "in time" if isinstance(error, TimeoutError) or deadline.over else "as agreed"
        said_so = f"{server.host} did not answer {why}"
        raise (Unknown(said_so) if begun else Later(said_so)) from None
    finally:
        deadline.close()


def _agree(code: int, said: bytes | str, server: Server) -> None:
    """4xx: later; 5xx: never. A connection that is gone (-1) is an error like any other."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    words = told(f"{server.host} answered {code} {text}", server.user, server.password)
    if code == -1:
        raise OSError(words)
    if 400 <= code < 500:
        raise Later(words)
    if code >= 500:
        raise Refused(words)


def _dotted(content: bytes) -> bytes:
    """The message as it is sent: lines end with CR LF, a dot at their start is doubled, a lone dot ends it all."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return b"\r\n".join(b"." + one if one.startswith(b".") else one for one in lines) + b"\r\n.\r\n"
