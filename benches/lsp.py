#!/usr/bin/env python3
"""How fast the language server answers: to be started, a keystroke in a unit of 200 lines, a workspace opened.

    benches/lsp.py [--bin target/release/unitlint] [--workspace DIR] [--edits 2000]

Time is that of the clock, from the bytes that are written to the bytes that come back, so that what else runs on the machine
is in it. Without --workspace one of 2,000 units is made.
"""
import argparse
import json
import pathlib
import queue
import statistics
import subprocess
import tempfile
import threading
import time

HEAD = """[Unit]
Description=A unit of two hundred lines
After=network-online.target nss-lookup.target
Wants=network-online.target

[Service]
Type=notify
ExecStart=/usr/bin/exampled --flag $OPTIONS
User=example
PrivateTmp=yes
ProtectSystem=strict
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""
TAIL = "\n[Install]\nWantedBy=multi-user.target\n"
TYPED = "ProtectHome=tmpfs"


def long_unit(lines=200):
    middle = lines - HEAD.count("\n") - TAIL.count("\n")
    return HEAD + "".join(f"Environment=VAR{n}=value\n" if n % 3 else f"# comment {n}\n" for n in range(middle)) + TAIL


class Server:
    def __init__(self, program, folder=None):
        begin = time.perf_counter()
        self.process = subprocess.Popen([program, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.messages = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        folders = [{"uri": f"file://{folder}", "name": "bench"}] if folder else None
        params = {"processId": None, "rootUri": None, "capabilities": {}, "workspaceFolders": folders}
        self.send({"id": 1, "method": "initialize", "params": params})
        self.wait(lambda m: m.get("id") == 1)
        self.initialised = time.perf_counter() - begin
        self.tell("initialized", {})

    def read(self):
        out = self.process.stdout
        while line := out.readline():
            length = int(line.split(b":")[1])
            out.readline()
            body = out.read(length)
            self.messages.put((time.perf_counter(), json.loads(body)))

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def wait(self, wanted):
        while True:
            when, message = self.messages.get(timeout=60)
            if wanted(message):
                return when

    def end(self):
        self.process.kill()
        self.process.wait()


def published(uri, version):
    return lambda m: m.get("method") == "textDocument/publishDiagnostics" and (
        m["params"]["uri"], m["params"].get("version")) == (uri, version)


def keystrokes(program, edits):
    server = Server(program)
    text = long_unit()
    uri, line = "file:///srv/bench/long.service", text.split("\n").index("PrivateTmp=yes")
    document = {"uri": uri, "languageId": "systemd", "version": 1, "text": text}
    server.tell("textDocument/didOpen", {"textDocument": document})
    server.wait(published(uri, 1))
    times, typed = [], 0
    for version in range(2, edits + 2):
        # letter by letter, and then all of it is taken away
        whole = typed == len(TYPED)
        start = {"line": line, "character": 0 if whole else typed}
        change = {"range": {"start": start, "end": {"line": line, "character": typed}}, "text": "" if whole else TYPED[typed]}
        typed = 0 if whole else typed + 1
        begin = time.perf_counter()
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
        server.tell("textDocument/didChange", params)
        times.append(server.wait(published(uri, version)) - begin)
    server.end()
    return sorted(times)


def workspace(program, folder):
    begin = time.perf_counter()
    server = Server(program, folder)
    last, files, found = begin, 0, 0
    while True:
        try:
            when, message = server.messages.get(timeout=2)
        except queue.Empty:
            break
        if message.get("method") == "textDocument/publishDiagnostics":
            last, files, found = when, files + 1, found + len(message["params"]["diagnostics"])
    server.end()
    return last - begin, files, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="target/release/unitlint")
    parser.add_argument("--workspace", type=pathlib.Path)
    parser.add_argument("--edits", type=int, default=2000)
    options = parser.parse_args()
    starts = []
    for _ in range(20):
        server = Server(options.bin)
        starts.append(server.initialised)
        server.end()
    ms = lambda seconds: f"{seconds * 1000:.1f} ms"
    print(f"initialise, program started: median {ms(statistics.median(starts))}, worst of 20 {ms(max(starts))}")
    times = keystrokes(options.bin, options.edits)
    at = lambda share: times[int(len(times) * share) - 1]
    print(f"keystroke to diagnostics, 200 lines, {len(times)} edits: median {at(0.5) * 1000:.2f} ms, "
          f"99 % {at(0.99) * 1000:.2f} ms, worst {at(1) * 1000:.2f} ms")
    with tempfile.TemporaryDirectory() as made:
        folder = options.workspace
        if folder is None:
            folder = pathlib.Path(made)
            for n in range(2000):
                (folder / f"unit-{n}.service").write_text(HEAD.replace("exampled", f"exampled-{n}") + TAIL)
        turns = sorted(workspace(options.bin, folder.resolve()) for _ in range(5))
        took, files, found = turns[2]
        print(f"workspace opened until the last diagnostics, program started: median {ms(took)}, worst of 5 {ms(turns[-1][0])} "
              f"({files} files, {found} diagnostics)")


if __name__ == "__main__":
    main()
