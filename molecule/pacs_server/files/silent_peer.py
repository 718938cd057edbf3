"""A DICOM peer that accepts an association (PS3.8, section 9.3.3) and then answers nothing: silent_peer.py PORT."""

import socket
import struct
import sys


def item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(content)) + content


def accept(request: bytes) -> bytes:
    """The A-ASSOCIATE-AC to an A-ASSOCIATE-RQ: every presentation context taken in its first transfer syntax."""
    titles, rest, answers = request[10:42], request[74:], b""
    while rest:
        kind, length = rest[0], struct.unpack(">H", rest[2:4])[0]
        content, rest = rest[4 : 4 + length], rest[4 + length :]
        if kind == 0x20:
            inner, syntax = content[4:], b""
            while inner and not syntax:
                size = struct.unpack(">H", inner[2:4])[0]
                syntax = inner[4 : 4 + size] if inner[0] == 0x40 else b""
                inner = inner[4 + size :]
            answers += item(0x21, content[:1] + bytes(3) + item(0x40, syntax))
    user = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"2.25.1"))
    body = struct.pack(">HH", 1, 0) + titles + bytes(32) + item(0x10, b"1.2.840.10008.3.1.1.1") + answers + user
    return struct.pack(">BBI", 2, 0, len(body)) + body


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    kept = []
    while True:
        connection, _address = server.accept()
        connection.sendall(accept(connection.recv(65536)))
        kept.append(connection)
