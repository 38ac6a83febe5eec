"""Refuse every network connection that would leave this machine.

Python imports a module of this name whenever it starts, so with this folder on `PYTHONPATH` each
kernel and each script that a test starts is guarded, and so are the processes that they start.

The guard is an audit hook: Python announces each connection, look-up and datagram to it before
the operating system hears of them. It does not see what compiled libraries do on their own. On
Linux, a network namespace with nothing but a loopback interface cuts those off too:

    unshare --user --map-root-user --net sh -c "ip link set lo up && python -m pytest notebooks"
"""

import ipaddress
import os
import sys

# Where each audit event carries the host: an address tuple, or the bare name.
ADDRESS_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
NAME_EVENTS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


def is_local(host: object) -> bool:
    """Whether a host, as given to a socket, names the loopback interface or no host at all."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    if host is None or host in ("", "localhost", "0.0.0.0", "::"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_the_network(event: str, arguments: tuple) -> None:
    """Raise `ConnectionRefusedError` when an audit event is about another machine."""
    if event in ADDRESS_EVENTS:
        address = arguments[ADDRESS_EVENTS[event]]
        # Sockets inside the machine have a path for an address, connected ones may have none.
        if not isinstance(address, tuple):
            return
        host = address[0]
    elif event in NAME_EVENTS:
        host = arguments[0]
    else:
        return
    if not is_local(host):
        raise ConnectionRefusedError(
            f"the tests run offline: {event} to {host!r} was refused. Expected a loopback address "
            "(127.0.0.1, ::1, localhost); let the test or the notebook use the shipped data."
        )


sys.addaudithook(refuse_the_network)
# A kernel that finds itself inside pytest keeps what compiled libraries write on stdout and stderr
# from the notebook; the kernels of JupyterLab show it, and so must these.
os.environ.pop("PYTEST_CURRENT_TEST", None)
