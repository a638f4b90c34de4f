#!/usr/bin/python3
"""datagrams.py PORT NUMBER TEXT...: sends datagrams from a socket of the family to
another one at PORT, each TEXT one, and prints those that come, a line each: NUMBER of
them, or with `-' all that are there when the last was sent. A send call that fails is
printed as its errno. Called by test_fault.sh and test_step.sh: both sockets are open
until the end."""
import errno
import socket
import sys

from scope import scope_call, scope_socket

port, number, *texts = sys.argv[1:]
sender, reader = scope_socket(socket.SOCK_DGRAM), scope_socket(socket.SOCK_DGRAM)
scope_call("bind", reader, int(port))
scope_call("connect", sender, int(port))


def show(octets):
    print(octets.decode("latin-1"), flush=True)


for text in texts:
    try:
        sender.send(text.encode())
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
if number == "-":
    reader.setblocking(False)
    try:
        while True:
            show(reader.recv(65536))
    except BlockingIOError:
        pass
else:
    for _ in range(int(number)):
        show(reader.recv(65536))
