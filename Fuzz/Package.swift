// swift-tools-version: 6.2
// The fuzzers, one program for each harness, in a package of their own: `--sanitize=fuzzer` would give every other
// program of the project a second main. README.md has the commands.
//
// SUTURE_MODULES, as the root package understands it, keeps only the harnesses whose modules it names.

import PackageDescription

struct Harness {
  let name: String
  let uses: [String]

  init(_ name: String, _ uses: [String]) {
    self.name = name
    self.uses = uses
  }
}

let table: [Harness] = [
  Harness("FuzzDelta", ["BinaryDelta"]),
  Harness("FuzzELF", ["ELFImage"]),
  Harness("FuzzJSON", ["CanonicalJSON"]),
  Harness("FuzzTUF", ["TUF"]),
]

let wanted = Context.environment["SUTURE_MODULES"].map { $0.split(separator: ",").map(String.init) } ?? []
let harnesses = table.filter { harness in wanted.isEmpty || harness.uses.allSatisfy(wanted.contains) }

let package = Package(
  name: "fuzz",
  products: harnesses.map { .executable(name: $0.name, targets: [$0.name]) },
  dependencies: [.package(name: "suture", path: "..")],
  targets: harnesses.map { harness in
    .executableTarget(
      name: harness.name, dependencies: harness.uses.map { .product(name: $0, package: "suture") },
      swiftSettings: [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"), .strictMemorySafety(), .treatAllWarnings(as: .error),
      ])
  }
)
