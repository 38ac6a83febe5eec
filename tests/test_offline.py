"""The tests and everything that they start are off the network; the loopback interface works.

192.0.2.1 is reserved for documentation and example.org is nobody's server: the guard answers
before either could be reached.
"""

import socket
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request

import pytest

REFUSED = "the tests run offline"


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_connection_to_another_machine_is_refused(method):
    with socket.socket() as client, pytest.raises(ConnectionRefusedError, match=REFUSED):
        getattr(client, method)(("192.0.2.1", 80))


def test_a_connection_over_ipv6_is_refused():
    if not socket.has_ipv6:
        pytest.skip("this Python was built without IPv6")
    with socket.socket(socket.AF_INET6) as client:
        with pytest.raises(ConnectionRefusedError, match=REFUSED):
            client.connect(("2001:db8::1", 80))


def test_a_datagram_to_another_machine_is_refused():
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        with pytest.raises(ConnectionRefusedError, match=REFUSED):
            client.sendto(b"hello", ("192.0.2.1", 53))


@pytest.mark.parametrize("host", ["example.org", b"example.org", "192.0.2.1", "127.example.org"])
def test_a_name_is_not_looked_up(host):
    with pytest.raises(ConnectionRefusedError, match=REFUSED):
        socket.getaddrinfo(host, 443)


def test_an_old_style_look_up_is_refused():
    with pytest.raises(ConnectionRefusedError, match=REFUSED):
        socket.gethostbyname("example.org")


def test_a_download_fails_the_way_it_does_without_internet():
    with pytest.raises(urllib.error.URLError, match=REFUSED):
        urllib.request.urlopen("https://example.org/data.npz", timeout=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_loopback_interface_works(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = host, server.getsockname()[1]
        with socket.create_connection(address, timeout=5) as client, server.accept()[0] as peer:
            peer.sendall(b"hello")
            assert client.recv(5) == b"hello"


def test_a_process_that_a_test_starts_is_offline_too():
    script = """
        import socket, subprocess, sys
        try:
            socket.create_connection(("192.0.2.1", 80), timeout=5)
        except ConnectionRefusedError as error:
            print(error)
        child = "import socket; socket.getaddrinfo('example.org', 80)"
        print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stderr)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert printed.count("ConnectionRefusedError: " + REFUSED) == 1
    assert printed.startswith(REFUSED)
