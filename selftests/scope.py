"""scope.py: sockets of the family, whose addresses Python does not know. Used by
the *.py beside it."""
import ctypes
import socket
import struct

MODULE = "/sys/module/skbscope"


def scope_family():
    with open(f"{MODULE}/parameters/family", encoding="ascii") as file:
        return int(file.read())


def scope_address(port):
    """struct sockaddr_scope of any device"""
    return struct.pack("=H", scope_family()) + struct.pack(">H", port) + bytes(12)


def scope_call(name, sock, port):
    """bind or connect"""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(sock.fileno(), scope_address(port), 16):
        raise OSError(ctypes.get_errno(), name)


def scope_socket(kind):
    return socket.socket(scope_family(), kind)
