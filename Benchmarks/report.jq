# From measurements to docs/benchmarks.md: an array of what scripts/benchmark-deltas measured, to Markdown.

def digits($places):
  pow(10; $places) as $scale | (. * $scale | round) as $all
  | if $places == 0 then "\($all)"
    else "\($all / $scale | floor).\("00000\($all % $scale)" | .[-$places:])" end;
def grouped: tostring | [scan(".{1,3}(?=(?:.{3})*$)")] | join(",");
def mebibytes: if . == null or . == 0 then "–" else . / 1048576 | if . < 10 then digits(1) else digits(0) end end;
def seconds: if . == null then "–" else . / 1000000 | if . < 1 then digits(3) elif . < 100 then digits(2) else digits(0) end end;
def ratio: if . == null then "–" else digits(3) end;
def percent: if . == null then "–" else . * 100 | (if . < 1 then digits(3) else digits(2) end) + " %" end;
def geometric: if length == 0 then null else (map(log) | add / length) | exp end;
def row: "| " + join(" | ") + " |";
def rule($left): [range(0; length)] | map(if . < $left then "---" else "--:" end) | row;

# The programs in the order of the columns, by the beginning of their names.
def columns: [
  {name: "bsdiff 4.3", begins: ["bsdiff 4", "bsdiff"]}, {name: "bsdiff4", begins: ["bsdiff4"]},
  {name: "xdelta3", begins: ["xdelta3"]}, {name: "zstd", begins: ["zstd"]}, {name: "rdiff, xz", begins: ["rdiff"]},
  {name: "ostree", begins: ["ostree"]}, {name: "hdiffz", begins: ["hdiffz"]},
  {name: "HDiffPatch", begins: ["HDiffPatch"]}, {name: "detools", begins: ["detools"]}];

def ours: .programs[0];
def others: .programs[1:] | map(select(.bytes != null and (.program | startswith("xz") | not)));
def whole: .programs[1:] | map(select(.bytes != null and (.program | startswith("xz")))) | .[0];
def named($column): .program as $name
  | if $column == "bsdiff 4.3" then $name == "bsdiff" elif $column == "bsdiff4" then $name == "bsdiff4"
    else columns | map(select(.name == $column)) | .[0].begins[0] as $begin | $name | startswith($begin) end;
def of($column): [.programs[1:][] | select(named($column))] | .[0];
def installed: [others[].bytes] | min;
def quick: [others[] | select(.program | test("^(bsdiff|xdelta3|zstd|hdiffz)")) | .bytes] | min;
def known: .known | to_entries;
def best: ([others[].bytes] + [known[].value]) | min;

def sizes($title):
  . as $pairs
  | (if any($pairs[]; known | length > 0) then ["Zucchini"] else [] end) as $further
  | (["pair", "from", "to", "ELF bytes", "**suture-delta**", "of the .deb"] + [columns[].name] + $further
    + ["best installed", "ours ÷ it", "best of all", "ours ÷ it"]) as $head
  | "### \($title)\n\n\($head | row)\n\($head | rule(3))\n" + ($pairs | map(. as $pair
      | [.pair, .old, .new, (ours.newBytes | grouped), "**\(ours.bytes // "–" | if type == "number" then grouped else . end)**",
         (if ours.bytes then ours.bytes / .debBytes | percent else "–" end)]
        + [columns[].name as $name | $pair | of($name) | if .bytes then .bytes | grouped else "–" end]
        + [$further[] as $name | $pair.known[$name] // "–" | if type == "number" then grouped else . end]
        + [(installed | grouped), (ours.bytes / installed | ratio), (best | grouped), (ours.bytes / best | ratio)]
      | row) | join("\n")) + "\n";

def means:
  . as $pairs
  | "Geometric means of our bytes over those of: "
    + ([columns[].name as $name
        | [$pairs[] | select(of($name).bytes) | ours.bytes / of($name).bytes] | select(length > 0)
        | "\($name) \(geometric | ratio) (\(length) pairs)"]
       + [[$pairs[] | known[].key] | unique[] as $name
        | [$pairs[] | select(.known[$name]) | ours.bytes / .known[$name]]
        | "\($name) \(geometric | ratio) (\(length))"] | join(", "))
    + "; **the best installed program of each pair \([$pairs[] | ours.bytes / installed] | geometric | ratio)**"
    + "; **the best of all, \([$pairs[] | ours.bytes / best] | geometric | ratio)**.\n";

def goal($what; $value; $limit; form):
  if $value == null then ""
  else "| \($what) | ≤ \($limit) | \($value | form) | \(if $value <= $limit then "reached" else "**missed**" end) |\n" end;

def goals:
  [.[] | select(.kind == "file")] as $all
  | [$all[] | select(.arch == "amd64")] as $amd
  | [$all[] | select(.arch == "arm64")] as $arm
  | [$all[] | select(.pair == "webkit" and ours.bytes)] as $webkit
  | [$all[] | select(ours.bytes and ours.newBytes > 5000000)] as $large
  | "| goal | | measured | |\n|---|--:|--:|---|\n"
    + goal("amd64: geometric mean of our bytes over the best program's of each pair, Zucchini included";
        [$amd[] | ours.bytes / best] | geometric; 0.20; ratio)
    + goal("amd64: the same over the best program that Debian and PyPI install"; [$amd[] | ours.bytes / installed] | geometric; 0.13; ratio)
    + goal("arm64: the same over the best program that Debian and PyPI install"; [$arm[] | ours.bytes / installed] | geometric; 0.13; ratio)
    + goal("the worst pair: our bytes over the best of all"; [$all[] | ours.bytes / best] | max; 1; ratio)
    + goal("bytes where only the identity of a file changed"; [$webkit[] | ours.bytes] | max; 100; tostring)
    + goal("WebKit (92 MB): processor seconds to make"; [$webkit[] | ours.making.microseconds / 1000000] | max; 60; digits(1))
    + goal("WebKit: resident memory to make, in GB"; [$webkit[] | ours.making.residentBytes / 1000000000] | max; 1.5; digits(2))
    + goal("anonymous memory to apply, the most of any pair, in MB"; [$all[] | select(ours.bytes) | ours.applying.anonymousBytes / 1000000] | max; 24; digits(1))
    + ([$large[] | ours.newBytes / ours.applying.microseconds] | min as $slow
      | if $slow == null then "" else "| files over 5 MB: the slowest apply, in MB/s | ≥ 100 | \($slow | digits(0)) | \(if $slow >= 100 then "reached" else "**missed**" end) |\n" end)
    + "| deltas of ours that did not give back their file or tree | 0 | \([.[] | select(ours.bytes == null)] | length) | \(if all(.[]; ours.bytes) then "reached" else "**missed**" end) |\n";

def making($title):
  ["pair", "MB", "suture-delta", "bsdiff 4.3", "bsdiff4", "xdelta3", "zstd", "ostree", "hdiffz", "HDiffPatch", "detools"] as $head
  | "### \($title)\n\n\($head | row)\n\($head | rule(1))\n" + (map(. as $pair
      | [.pair, (ours.newBytes / 1000000 | digits(2))]
        + [$pair | ours | "\(.making.microseconds | seconds) / \(.making.residentBytes | mebibytes)"]
        + [$head[3:][] as $name | $pair | of($name)
           | if .bytes then "\(.making.microseconds | seconds) / \(.making.residentBytes | mebibytes)" else "–" end]
      | row) | join("\n")) + "\n";

def applying($title):
  ["pair", "MB", "suture-delta: CPU s", "MB/s", "anonymous", "resident", "bspatch: CPU s", "MB/s", "anonymous", "resident",
   "hpatchz: CPU s", "MB/s", "anonymous", "resident", "zstd -d: CPU s", "MB/s", "anonymous", "resident"] as $head
  | def cells: if .bytes then
        [(.applying.microseconds | seconds), (.newBytes / .applying.microseconds | digits(0)),
         (.applying.anonymousBytes | mebibytes), (.applying.residentBytes | mebibytes)]
      else ["–", "–", "–", "–"] end;
  "### \($title)\n\n\($head | row)\n\($head | rule(1))\n" + (map(. as $pair
      | [.pair, (ours.newBytes / 1000000 | digits(2))] + ($pair | ours | cells) + ($pair | of("bsdiff 4.3") | cells)
        + ($pair | of("hdiffz") | cells) + ($pair | of("zstd") | cells)
      | row) | join("\n")) + "\n";

def components($title):
  (["package", "from", "to", ".deb bytes", "bytes installed", "**suture-delta**", "of the .deb", "without identity", "of the .deb"]
    + [columns[].name] + ["best installed", "ours ÷ it"]) as $head
  | "### \($title)\n\n\($head | row)\n\($head | rule(3))\n" + (map(. as $pair
      | [.package, .old, .new, (.debBytes | grouped), (ours.newBytes | grouped),
         "**\(ours.bytes // "–" | if type == "number" then grouped else . end)**",
         (if ours.bytes then ours.bytes / .debBytes | percent else "–" end),
         (.surgicalBytes | grouped), (.surgicalBytes / .debBytes | percent)]
        + [columns[].name as $name | $pair | of($name) | if .bytes then .bytes | grouped else "–" end]
        + (if installed then [(installed | grouped), (ours.bytes / installed | ratio)] else ["–", "–"] end)
      | row) | join("\n")) + "\n"
    + "\nGeometric mean of ours over the best installed program of each package: **\([.[] | select(installed) | ours.bytes / installed] | geometric | ratio)**; "
    + "of the .deb, ours is \([.[] | ours.bytes / .debBytes] | geometric | percent), without identity "
    + "\([.[] | .surgicalBytes / .debBytes] | geometric | percent) (geometric means).\n";

def versions:
  [.[].programs[] | {program, version}] | unique | map("\(.program) \(.version)") | join("; ");

# What it means that some programs were not asked about long files.
def asked:
  ([.[] | select(any(others[]; .program | startswith("detools"))) | quick / installed] | max) as $most
  | "Not all programs were asked about files of more than 0.6 MB; above 16 MB only xdelta3, zstd and hdiffz were, and about WebKit's package as a\n"
  + "whole only suture-delta: others take minutes for long files. So the largest pairs are measured on one architecture. "
  + (if $most then "Where all were asked, the best of those five needed at most \($most - 1 | percent) more than the best of all.\n\n" else "\n\n" end);

def files($arch): map(select(.kind == "file" and .arch == $arch));
def trees($arch): map(select(.kind == "tree" and .arch == $arch));

$machine[0] as $machine
| "# Benchmarks\n\nReal security updates of Debian 12, deltas of every installed program; every delta was applied and what came out compared\n"
  + "byte for byte. `scripts/benchmark-deltas` measured all of it and wrote this page, except for the columns that say otherwise.\n\n"
  + "## Goals\n\n" + goals
  + "\nMeasured on \($machine.date): \($machine.model), \($machine.processors) processors, "
  + "\($machine.memory / 1048576 | digits(0)) GiB, \($machine.system), Linux \($machine.kernel), Swift \($machine.swift). "
  + "Others were at work on the same processors: bytes are exact, times are good as ratios.\n\n"
  + "Programs: " + versions + ".\n"
  + "\n## Bytes: the main ELF file of each package\n\n" + asked
  + (files("amd64") | if . == [] then "" else sizes("amd64") + "\n" + means + "\n" end)
  + (files("arm64") | if . == [] then "" else sizes("arm64 (aarch64)") + "\n" + means + "\n" end)
  + "\n## Bytes: whole packages\n\n"
  + "All files that a package installs, as one patch of trees; programs that take files only were given tar files. *Without identity*\n"
  + "leaves files as they are of which nothing changed but the build ID and the debug link (`suture-delta diff --surgical`).\n\n"
  + (trees("amd64") | if . == [] then "" else components("amd64") + "\n" end)
  + (trees("arm64") | if . == [] then "" else components("arm64 (aarch64)") + "\n" end)
  + "\n## Making\n\nProcessor seconds / most resident memory in MiB.\n\n"
  + (files("amd64") | if . == [] then "" else making("amd64") + "\n" end)
  + (files("arm64") | if . == [] then "" else making("arm64 (aarch64)") + "\n" end)
  + "\n## Applying\n\nProcessor seconds (the shortest of three), megabytes of the new file for each, and memory in MiB: *anonymous* is the\n"
  + "program's own, *resident* counts the files that it maps; – where it was over before it could be looked at. Below a megabyte everything is the start of the program.\n\n"
  + (files("amd64") | if . == [] then "" else applying("amd64") + "\n" end)
  + (files("arm64") | if . == [] then "" else applying("arm64 (aarch64)") + "\n" end)
