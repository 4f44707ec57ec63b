"""Makes a repository with python-tuf, serves it, and runs each client over it; see scripts/tuf-compare."""

import functools
import http.server
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from datetime import datetime, timedelta, timezone

import tuf
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp,
)

PEER = """
import sys
from tuf.ngclient import Updater
metadata, address, targets = sys.argv[1:]
updater = Updater(metadata, address + "/metadata/", targets, address + "/targets/",
                  bootstrap=open(metadata + "/../root.json", "rb").read())
updater.refresh()
info = updater.get_targetinfo("one/file")
assert info is not None
if updater.find_cached_target(info) is None:
    updater.download_target(info)
"""

# The client that npm itself carries, to verify what it installs.
SCRIPT = """
const { Updater } = require(process.argv[1]);
const [metadata, address, targets] = process.argv.slice(2);
(async () => {
  const updater = new Updater({
    metadataDir: metadata, metadataBaseUrl: address + "/metadata", targetDir: targets,
    targetBaseUrl: address + "/targets",
  });
  await updater.refresh();
  const info = await updater.getTargetInfo("one/file");
  if (!info) process.exit(1);
  if (!(await updater.findCachedTarget(info))) await updater.downloadTarget(info);
})();
"""


def find_tuf_js():
    """The folder of npm's own tuf-js, and what to call it; nothing where there is none."""
    try:
        folder = os.environ.get("SUTURE_TUF_JS")
        if not folder:
            root = subprocess.run(["npm", "root", "-g"], check=True, capture_output=True, text=True).stdout.strip()
            folder = os.path.join(root, "npm", "node_modules", "tuf-js")
        with open(os.path.join(folder, "package.json"), encoding="utf-8") as file:
            return folder, f"tuf-js {json.load(file)['version']}"
    except (OSError, subprocess.CalledProcessError):
        return None, None


def make_repository(folder):
    """Top-level roles with a key each, one delegation, one target, consistent snapshots."""
    expires = (datetime.now(timezone.utc) + timedelta(days=30)).replace(microsecond=0)
    signers = {role: CryptoSigner.generate_ed25519() for role in ["root", "timestamp", "snapshot", "targets", "one"]}
    root = Root(expires=expires, consistent_snapshot=True)
    for role in ["root", "timestamp", "snapshot", "targets"]:
        root.add_key(signers[role].public_key, role)
    key = signers["one"].public_key
    one = Targets(expires=expires)
    one.targets["one/file"] = TargetFile.from_data("one/file", b"content" * 100, ["sha256"])
    role = DelegatedRole("one", [key.keyid], 1, False, paths=["one/*"])
    targets = Targets(expires=expires, delegations=Delegations({key.keyid: key}, {"one": role}))
    snapshot = Snapshot(expires=expires, meta={"targets.json": MetaFile(1), "one.json": MetaFile(1)})
    timestamp = Timestamp(expires=expires, snapshot_meta=MetaFile(1))
    os.makedirs(folder + "/metadata")
    os.makedirs(folder + "/targets/one")
    files = {"root": root, "targets": targets, "one": one, "snapshot": snapshot, "timestamp": timestamp}
    for name, signed in files.items():
        metadata = Metadata(signed)
        metadata.sign(signers[name])
        metadata.to_file(f"{folder}/metadata/" + ("timestamp.json" if name == "timestamp" else f"1.{name}.json"))
    digest = one.targets["one/file"].hashes["sha256"]
    with open(f"{folder}/targets/one/{digest}.file", "wb") as file:
        file.write(b"content" * 100)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Plain files; counts what is asked."""

    protocol_version = "HTTP/1.1"
    requests = 0

    def do_GET(self):
        Handler.requests += 1
        super().do_GET()

    def log_message(self, *_):
        pass


def measure(command):
    """Milliseconds of CPU time of a process and its children, and the requests that it made."""
    Handler.requests = 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent * 1000, Handler.requests


def main():
    client, rounds = sys.argv[1], int(sys.argv[2])
    work = tempfile.mkdtemp(prefix="tuf-compare.")
    try:
        make_repository(work + "/repository")
        handler = functools.partial(Handler, directory=work + "/repository")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        shutil.copy(work + "/repository/metadata/1.root.json", work + "/root.json")
        names = ["tuf-client", f"python-tuf {tuf.__version__}"]
        script, script_name = find_tuf_js()
        if script_name:
            names.append(script_name)
        else:
            print("NOT RUN: tuf-js, which npm carries: there is no npm")
        found = {(name, when): [] for name in names for when in ["cold", "again"]}
        for _ in range(rounds):
            # In turn, so that what else the machine does meets both.
            for name in names:
                for folder in ["/m", "/t"]:
                    shutil.rmtree(work + folder, ignore_errors=True)
                    os.makedirs(work + folder)
                if name == "tuf-client":
                    base = [client, "--metadata-dir", work + "/m"]
                    subprocess.run(base + ["init", work + "/root.json"], check=True)
                    command = base + [
                        "--metadata-url", address + "/metadata", "--target-name", "one/file", "--target-dir", work + "/t",
                        "--target-base-url", address + "/targets", "download",
                    ]
                elif name == script_name:
                    shutil.copy(work + "/root.json", work + "/m/root.json")
                    command = ["node", "-e", SCRIPT, script, work + "/m", address, work + "/t"]
                else:
                    command = [sys.executable, "-c", PEER, work + "/m", address, work + "/t"]
                for when in ["cold", "again"]:
                    found[name, when].append(measure(command))
        print(f"{'':28}{'CPU ms (median)':>18}{'requests':>10}")
        medians = {}
        for (name, when), runs in found.items():
            medians[name, when] = statistics.median(run[0] for run in runs)
            print(f"{name + ', ' + when:28}{medians[name, when]:18.1f}{runs[-1][1]:10}")
        for when in ["cold", "again"]:
            for name in names[1:]:
                ratio = medians[name, when] / medians[names[0], when]
                print(f"{when}: {name} takes {ratio:.1f} times the CPU time")
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
