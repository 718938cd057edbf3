"""A share with tiny releases, and an archive that says with which password it was asked."""

import http.server
import io
import json
import os
import sys
import tarfile

CONFIG = (
    'window.config = {"defaultDataSourceName": "pacs", "showStudyList": true, "dataSources": [{"sourceName": "pacs",'
)
CONFIG += ' "configuration": {"qidoRoot": "/dicom-web", "wadoRoot": "/dicom-web"}}]};'
PAGE = '<script src="/app.js"></script>'


def release(folder, version, extra=()):
    # As the real viewer's parts, `part` has another name in every release.
    files = {"index.html": PAGE, "app.js": "//" + version, "app-config.js": CONFIG, f"part.{version}.js": "//part"}
    files["release.json"] = json.dumps({"product": "pacs_client", "version": version})
    with tarfile.open(folder + "/" + version + ".tar", "w") as tar:
        for name, text in [*files.items(), *extra]:
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/dicom-web/"):
            super().do_GET()
            return
        body = json.dumps({"path": self.path, "authorization": self.headers["Authorization"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if sys.argv[1] == "make":
    for number in ("1.0", "1.1", "1.2"):
        release(sys.argv[2], number)
    release(sys.argv[2], "6.6", [("../../../../../../tmp/escaped", "x")])
else:
    os.chdir(sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", 8042), Handler).serve_forever()
