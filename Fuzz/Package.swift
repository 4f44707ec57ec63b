// swift-tools-version: 6.2
// The fuzzers, one program for each harness, in a package of their own: `--sanitize=fuzzer` would give every other
// program of the project a second main. README.md has the commands.
//
// SUTURE_MODULES, as the root package understands it, keeps only the harnesses whose modules it names. SUTURE_FUZZ has that
// package offer what is no product of it and is fuzzed all the same; without it there is no FuzzImprovements.

import PackageDescription

struct Harness {
  let name: String
  let uses: [String]
  /// Whether it changes inputs in a way of its own too.
  let mutates: Bool

  init(_ name: String, _ uses: [String], mutates: Bool = false) {
    self.name = name
    self.uses = uses
    self.mutates = mutates
  }
}

let table: [Harness] = [
  Harness("FuzzDelta", ["BinaryDelta", "DeltaEncoding"], mutates: true),
  Harness("FuzzELF", ["ELFImage"]),
  Harness("FuzzImprovements", ["FuzzedImprovements"]),
  Harness("FuzzJSON", ["CanonicalJSON"]),
  Harness("FuzzLog", ["TransparencyLog"]),
  Harness("FuzzReferences", ["ELFImage"]),
  Harness("FuzzTUF", ["TUF"]),
  Harness("FuzzTree", ["TreeDelta"]),
]

let wanted = Context.environment["SUTURE_MODULES"].map { $0.split(separator: ",").map(String.init) } ?? []
let isOffered = Context.environment["SUTURE_FUZZ"] != nil && (wanted.isEmpty || wanted.contains("Improvements"))
let offered = isOffered ? ["FuzzedImprovements"] : []
let harnesses = table.filter { harness in
  harness.uses.allSatisfy { use in
    offered.contains(use) || (!use.hasPrefix("Fuzzed") && (wanted.isEmpty || wanted.contains(use)))
  }
}
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"), .strictMemorySafety(), .treatAllWarnings(as: .error),
]

let package = Package(
  name: "fuzz",
  products: harnesses.map { .executable(name: $0.name, targets: [$0.name]) },
  dependencies: [.package(name: "suture", path: "..")],
  targets: [.target(name: "CFuzzer"), .target(name: "Kind", swiftSettings: strict)]
    + harnesses.map { harness in
      .executableTarget(
        name: harness.name,
        dependencies: ["Kind"] + harness.uses.map { .product(name: $0, package: "suture") }
          + (harness.mutates ? ["CFuzzer"] : []),
        swiftSettings: strict)
    }
)
