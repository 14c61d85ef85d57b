"""A web server on this machine that gives data sets' files, in place of those that everybody fetches from."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Mirror:
    """Gives files by their names, below the name of a data set; files: may be changed. asked: what was asked for."""

    def __init__(self, name: str, files: dict[str, bytes]) -> None:
        self.files, self.asked = files, []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.asked.append(self.path)
                content = mirror.files.get(self.path.removeprefix(f"/data/{name}/"))
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/data"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
