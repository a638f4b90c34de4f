#!/usr/bin/python3
"""over.py DEVICE LINK READER NUMBER TEXT...: sends datagrams from a socket of the
family over DEVICE to port 5000 of link address LINK, each TEXT one, and prints those
that come to device READER there, a line each: NUMBER of them. Called by
test_xmit.sh: both sockets are open until the end."""
import ctypes
import errno
import os
import socket
import struct
import sys

from scope import scope_family, scope_socket

device, link, reader_device, number, *texts = sys.argv[1:]


def call(name, sock, dev, octets=bytes(8)):
    address = struct.pack("=H", scope_family()) + struct.pack(">H", 5000) + \
        struct.pack("=I", socket.if_nametoindex(dev)) + octets
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(sock.fileno(), address, len(address)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


sender, reader = scope_socket(socket.SOCK_DGRAM), scope_socket(socket.SOCK_DGRAM)
call("bind", reader, reader_device)
reader.settimeout(90 * int(os.environ.get("SCOPE_SLOWNESS", "1")))
call("connect", sender, device, bytes.fromhex(link.replace(":", "")) + bytes(2))
for text in texts:
    try:
        sender.send(text.encode())
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
for _ in range(int(number)):
    print(reader.recv(65536).decode("latin-1"), flush=True)
