"""nginx with nchan, the yardstick in C: one worker process that fans the same bytes out to as many streams."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

CONFIG = """
load_module {module};
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_rlimit_nofile 20000;
events {{ worker_connections 10000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  client_max_body_size 4m;
  client_body_buffer_size 1m;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location = /publish {{ nchan_publisher; nchan_channel_id wall; nchan_message_buffer_length 20; }}
    location = /stream {{
      nchan_subscriber http-raw-stream; nchan_channel_id wall; nchan_subscriber_first_message newest;
      add_header Content-Type text/event-stream;
    }}
  }}
}}
"""


def available() -> bool:
    """Whether this machine has nginx with nchan."""
    return MODULE.exists() and shutil.which("nginx") is not None


@contextmanager
def served(port: int) -> Iterator[int]:
    """A running nginx; yields its process id."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(CONFIG.format(module=MODULE, folder=folder, port=port))
        process = subprocess.Popen(["nginx", "-p", folder, "-c", str(config)], stderr=subprocess.DEVNULL)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(10)


def publish(port: int, body: bytes) -> None:
    """One message to all streams."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/publish", data=body, method="POST")
    with urllib.request.urlopen(request) as response:
        response.read()
