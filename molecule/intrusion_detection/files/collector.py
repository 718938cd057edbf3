"""A collector of alerts: what comes by syslog over TCP goes to standard output, a line a message."""

import socketserver
import sys


class Messages(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


socketserver.ThreadingTCPServer.allow_reuse_address = True
with socketserver.ThreadingTCPServer(("127.0.0.1", 6514), Messages) as server:
    server.serve_forever()
