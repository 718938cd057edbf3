"""Send HL7 messages over MLLP and print the answers: mllp.py SOURCE_ADDRESS MESSAGE...; a segment is a line."""

import socket
import sys

source, *messages = sys.argv[1:]
with socket.create_connection(("127.0.0.1", 2575), timeout=5, source_address=(source, 0)) as connection:
    for message in messages:
        connection.sendall(b"\x0b" + message.replace("\n", "\r").encode() + b"\x1c\r")
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            part = connection.recv(65536)
            if not part:
                sys.exit("closed without an answer")
            answer += part
        print(answer[1:-2].decode().replace("\r", "\n"))
