/// What the reference implementation is asked to do.
enum PythonPrograms {
  /// Makes a repository in a folder: `FOLDER consistent|plain`.
  static let make = #"""
    import datetime, os, sys
    from securesystemslib.signer import CryptoSigner
    from tuf.api.metadata import (DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, SuccinctRoles,
        TargetFile, Targets, Timestamp)
    from tuf.api.serialization.json import JSONSerializer

    folder, consistent = sys.argv[1], sys.argv[2] == "consistent"
    expires = datetime.datetime(2036, 1, 1, tzinfo=datetime.timezone.utc)
    ed, ec, rsa, other = (CryptoSigner.generate_ed25519(), CryptoSigner.generate_ecdsa(), CryptoSigner.generate_rsa(),
        CryptoSigner.generate_ed25519())
    files = {}

    def write(role, signed, signers, version=1):
        signed.version = version
        metadata = Metadata(signed)
        for signer in signers: metadata.sign(signer, append=True)
        plain = role == "timestamp" or not (consistent or role == "root")
        name = f"{role}.json" if plain else f"{version}.{role}.json"
        files[name] = data = metadata.to_bytes(JSONSerializer(compact=True))
        file = MetaFile.from_data(version, data, ["sha256", "sha512"])
        (meta if role not in ("snapshot", "root") else {})[f"{role}.json"] = file
        return file

    meta = {}
    root = Root(expires=expires, consistent_snapshot=consistent)
    for signer in (ed, ec, rsa): root.add_key(signer.public_key, "root")
    root.roles["root"].threshold = 3
    for role, signer in (("targets", ec), ("snapshot", rsa), ("timestamp", ed)): root.add_key(signer.public_key, role)
    write("root", root, (ed, ec, rsa))
    root.unrecognized_fields["x-note"] = {"text": "é \"\\ \n"}
    write("root", root, (rsa, ec, ed), 2)

    def content(path): return ("content of " + path).encode()
    def add(targets, path, hashes):
        file = TargetFile.from_data(path, content(path), hashes)
        file.unrecognized_fields["custom"] = {"path": path, "n": 2**53 - 1, "list": [None, True, {"é": "\t"}]}
        targets.targets[path] = file

    targets = Targets(expires=expires)
    add(targets, "top.txt", ["sha512"])
    os_role, stream, late = Targets(expires=expires), Targets(expires=expires), Targets(expires=expires)
    targets.delegations = Delegations({}, {
        "os": DelegatedRole("os", [], 1, False, ["os/*/*"]),
        "bins": DelegatedRole("bins", [], 1, True, ["many/*"]),
        "late": DelegatedRole("late", [], 1, False, None, ["0", "1", "2", "3", "4", "5", "6", "7"])})
    targets.add_key(ec.public_key, "os")
    targets.add_key(rsa.public_key, "bins")
    targets.add_key(other.public_key, "late")
    os_role.delegations = Delegations({}, {"libstdc++6": DelegatedRole("libstdc++6", [], 2, False, ["os/libstdc++6/*"])})
    os_role.add_key(ec.public_key, "libstdc++6")
    os_role.add_key(ed.public_key, "libstdc++6")
    add(stream, "os/libstdc++6/1.json", ["sha256", "sha512"])
    for number in range(8): add(late, f"any/{number}.txt", ["sha256"])
    bins = Targets(expires=expires)
    succinct = SuccinctRoles([], 1, 3, "bin")
    bins.delegations = Delegations({}, None, succinct)
    bins.add_key(other.public_key)
    each = {name: Targets(expires=expires) for name in succinct.get_roles()}
    for number in range(20):
        path = f"many/{number}.json"
        add(each[succinct.get_role_for_target(path)], path, ["sha256"])
    for name, role in each.items(): write(name, role, (other,))
    write("bins", bins, (rsa,))
    write("libstdc++6", stream, (ed, ec))
    write("os", os_role, (ec,), 3)
    write("late", late, (other,))
    write("targets", targets, (ec,), 5)
    snapshot = Snapshot(expires=expires, meta={k: v for k, v in meta.items() if k != "timestamp.json"})
    described = write("snapshot", snapshot, (rsa,), 7)
    write("timestamp", Timestamp(expires=expires, snapshot_meta=described), (ed,), 9)
    os.makedirs(folder, exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file: file.write(data)
    """#

  /// Says what the reference's client finds for some paths: `FOLDER PATH…`, a line for each: path, length, SHA-256.
  static let read = #"""
    import os, sys, tempfile
    from tuf.ngclient import Updater
    from tuf.ngclient.fetcher import FetcherInterface
    from tuf.api.exceptions import DownloadHTTPError
    from urllib.parse import unquote, urlparse

    class Folder(FetcherInterface):
        def _fetch(self, url):
            try:
                with open(unquote(urlparse(url).path), "rb") as file: return [file.read()]
            except FileNotFoundError: raise DownloadHTTPError("absent", 404)

    folder, paths = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as kept, open(f"{folder}/1.root.json", "rb") as root:
        client = Updater(kept, f"file://{folder}/", kept, f"file://{folder}/", fetcher=Folder(), bootstrap=root.read())
        client.refresh()
        for path in paths:
            found = client.get_targetinfo(path)
            print(path, found.length if found else "none", found.hashes["sha256"] if found else "none")
    """#
}
