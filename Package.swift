// swift-tools-version: 6.2
// The structure of Suture as one table, lowest row first. ARCHITECTURE.md says what each module is for; the tidy test
// holds the two together.
//
// SUTURE_MODULES=TUF,BinaryDelta keeps only those modules, what stands below them, and their tests: a quick build while
// working on a foundation, and what sanitizers need (they rebuild everything that they are given).

import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

// MARK: - Packages of others, and the products that we use of them

struct External {
  let package: Package.Dependency
  let name: String
}

let externals: [String: External] = [
  "ArgumentParser": External(
    package: .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    name: "swift-argument-parser"),
  "AsyncHTTPClient": External(
    package: .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    name: "async-http-client"),
  "Crypto": External(
    package: .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"), name: "swift-crypto"),
  "NIOCore": External(
    package: .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"), name: "swift-nio"),
  "NIOHTTP1": External(
    package: .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"), name: "swift-nio"),
  "NIOPosix": External(
    package: .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"), name: "swift-nio"),
  "SystemPackage": External(
    package: .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"), name: "swift-system"),
  "UnixSignals": External(
    package: .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    name: "swift-service-lifecycle"),
  "Subprocess": External(
    package: .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    name: "swift-subprocess"),
]

// MARK: - The table

enum Kind {
  case systemLibrary(pkgConfig: String, apt: String)
  case shim
  case library
  case program
  case support
  case tests
}

struct Module {
  let name: String
  let kind: Kind
  let uses: [String]

  init(_ name: String, _ kind: Kind, _ uses: [String] = []) {
    self.name = name
    self.kind = kind
    self.uses = uses
  }
}

let table: [Module] = [
  // C: no Swift in them.
  Module("CArchive", .systemLibrary(pkgConfig: "libarchive", apt: "libarchive-dev")),
  Module("CDivsufsort", .systemLibrary(pkgConfig: "libdivsufsort", apt: "libdivsufsort-dev")),
  Module("CLZMA", .systemLibrary(pkgConfig: "liblzma", apt: "liblzma-dev")),
  Module("CLinux", .shim),
  Module("CSQLite", .systemLibrary(pkgConfig: "sqlite3", apt: "libsqlite3-dev")),
  Module("CSystemd", .systemLibrary(pkgConfig: "libsystemd", apt: "libsystemd-dev")),
  Module("CZstd", .systemLibrary(pkgConfig: "libzstd", apt: "libzstd-dev")),

  // Foundations: usable by anyone, no word of Suture in them.
  Module("Values", .library),
  Module("Basics", .library, ["Crypto", "Values"]),
  Module("Linux", .library, ["CLinux", "Values"]),
  Module("SystemBus", .library, ["CSystemd"]),
  Module("Listening", .library, ["NIOCore"]),
  Module("Terminal", .library, ["Linux"]),
  Module("CanonicalJSON", .library),
  Module("Compression", .library, ["CLZMA", "CZstd"]),
  Module("TUF", .library, ["Basics", "CanonicalJSON", "Crypto"]),
  Module("TransparencyLog", .library, ["Basics", "Crypto"]),
  Module("ELFImage", .library),
  Module("BinaryDelta", .library, ["Basics", "Compression", "ELFImage"]),
  Module("DeltaEncoding", .library, ["Basics", "BinaryDelta", "CDivsufsort", "Compression", "ELFImage"]),
  Module("TreeDelta", .library, ["Basics"]),

  // The domain's words.
  Module("Improvements", .library, ["Basics", "CanonicalJSON"]),

  // Mechanisms: they do not know one another.
  Module("Activation", .library, ["Basics", "Improvements", "Linux", "SystemBus"]),
  Module("DebianArchive", .library, ["Basics", "CArchive", "Linux", "Subprocess", "SystemPackage"]),
  Module(
    "Delivery", .library, ["AsyncHTTPClient", "Basics", "Improvements", "Linux", "NIOCore", "NIOHTTP1", "TUF"]),
  Module("Grafting", .library, ["Basics", "Linux"]),
  Module("Journal", .library, ["Basics", "CSQLite", "CanonicalJSON", "Improvements", "Linux"]),
  Module(
    "LogKeeping", .library,
    [
      "AsyncHTTPClient", "Basics", "CanonicalJSON", "Improvements", "Linux", "Listening", "NIOCore", "NIOHTTP1",
      "NIOPosix", "TransparencyLog",
    ]),

  Module("Packages", .library, ["Basics", "CanonicalJSON", "Linux"]),

  // The jobs.
  Module(
    "DeviceEngine", .library,
    [
      "Activation", "Basics", "BinaryDelta", "CanonicalJSON", "Delivery", "ELFImage", "Grafting", "Improvements",
      "Journal", "Linux", "Packages", "TUF", "TransparencyLog",
    ]),
  Module("DeviceAPI", .library, ["Basics", "CanonicalJSON", "Linux", "Listening", "NIOCore", "NIOPosix"]),
  Module(
    "Publishing", .library,
    [
      "Basics", "BinaryDelta", "CanonicalJSON", "DebianArchive", "DeltaEncoding", "ELFImage", "Improvements", "Linux",
      "Listening", "LogKeeping", "NIOCore", "NIOHTTP1", "NIOPosix", "TUF", "TransparencyLog",
    ]),

  // Programs: parse, wire, print.
  Module(
    "suture", .program,
    ["ArgumentParser", "Basics", "CanonicalJSON", "DeviceAPI", "Improvements", "Linux", "Packages", "Terminal"]),
  Module(
    "sutured", .program,
    [
      "Activation", "ArgumentParser", "Basics", "CanonicalJSON", "Delivery", "DeviceAPI", "DeviceEngine", "Grafting",
      "Improvements", "Journal", "Linux", "Packages", "Terminal", "UnixSignals",
    ]),
  Module("suture-graft", .program, ["Linux", "Values"]),
  Module("suture-packages", .program, ["Basics", "CanonicalJSON", "Grafting", "Linux", "Packages"]),
  Module(
    "suture-publish", .program,
    [
      "ArgumentParser", "Basics", "CanonicalJSON", "Improvements", "Linux", "LogKeeping", "Publishing", "Terminal",
      "UnixSignals",
    ]),
  Module(
    "suture-quickstart", .program,
    [
      "ArgumentParser", "Basics", "CanonicalJSON", "DebianArchive", "DeviceAPI", "Improvements", "Linux", "Listening",
      "NIOCore", "NIOHTTP1", "NIOPosix", "Subprocess", "SystemPackage", "Terminal", "UnixSignals",
    ]),
  Module(
    "suture-delta", .program,
    [
      "ArgumentParser", "Basics", "BinaryDelta", "CanonicalJSON", "DebianArchive", "DeltaEncoding", "ELFImage",
      "Linux", "Terminal", "TreeDelta",
    ]),
  Module("tuf-client", .program, ["ArgumentParser", "Basics", "Delivery", "Linux", "TUF", "Terminal"]),

  // Tests.
  Module("TestSupport", .support, ["Basics", "Linux"]),
  Module("BasicsTests", .tests, ["Basics"]),
  Module("LinuxTests", .tests, ["Basics", "Linux", "TestSupport"]),
  Module("SystemBusTests", .tests, ["Linux", "SystemBus", "TestSupport"]),
  Module("TerminalTests", .tests, ["Terminal"]),
  Module("CanonicalJSONTests", .tests, ["CanonicalJSON"]),
  Module("CompressionTests", .tests, ["Compression"]),
  Module("TUFTests", .tests, ["Basics", "CanonicalJSON", "Crypto", "TUF"]),
  Module("TransparencyLogTests", .tests, ["Basics", "TransparencyLog"]),
  Module("ELFImageTests", .tests, ["ELFImage"]),
  Module("BinaryDeltaTests", .tests, ["Basics", "BinaryDelta", "Compression", "DeltaEncoding", "ELFImage"]),
  Module("DeltaEncodingTests", .tests, ["BinaryDelta", "DeltaEncoding"]),
  Module("TreeDeltaTests", .tests, ["Basics", "TreeDelta"]),
  Module("ImprovementsTests", .tests, ["Basics", "CanonicalJSON", "Improvements", "TestSupport"]),
  Module(
    "ActivationTests", .tests,
    ["Activation", "Basics", "CSystemd", "Improvements", "Linux", "SystemBus", "TestSupport"]),
  Module("DebianArchiveTests", .tests, ["Basics", "DebianArchive", "Linux", "TestSupport"]),
  Module(
    "DeliveryTests", .tests,
    [
      "Basics", "CanonicalJSON", "Delivery", "Improvements", "Linux", "Listening", "NIOCore", "NIOHTTP1", "NIOPosix",
      "TUF", "TestSupport",
    ]),
  Module("ListeningTests", .tests, ["Listening", "NIOCore", "NIOPosix"]),
  Module("PackagesTests", .tests, ["Basics", "Linux", "Packages", "TestSupport"]),
  Module("GraftingTests", .tests, ["Basics", "Grafting", "Linux", "TestSupport", "suture-graft"]),
  Module(
    "LogKeepingTests", .tests,
    ["Basics", "CanonicalJSON", "Improvements", "Linux", "LogKeeping", "TransparencyLog", "TestSupport"]),
  Module("JournalTests", .tests, ["Basics", "Improvements", "Journal", "Linux", "TestSupport"]),
  Module(
    "DeviceAPITests", .tests,
    ["Basics", "CanonicalJSON", "DeviceAPI", "Improvements", "Linux", "NIOCore", "NIOPosix", "TestSupport"]),
  Module(
    "PublishingTests", .tests,
    [
      "Basics", "BinaryDelta", "CanonicalJSON", "DebianArchive", "Improvements", "Linux", "LogKeeping", "NIOCore",
      "NIOPosix", "Publishing", "TUF", "TestSupport", "TransparencyLog",
    ]),
  Module(
    "DeviceTestSupport", .support,
    [
      "Activation", "Basics", "BinaryDelta", "DeltaEncoding", "Delivery", "DeviceEngine", "Grafting", "Improvements",
      "Journal", "Linux", "Packages", "TUF", "TestSupport", "TransparencyLog",
    ]),
  Module(
    "DeviceEngineTests", .tests,
    [
      "Activation", "Basics", "BinaryDelta", "CanonicalJSON", "DeltaEncoding", "Delivery", "DeviceEngine",
      "DeviceTestSupport", "Grafting", "Improvements", "Journal", "Linux", "Packages", "TUF", "TestSupport",
      "TransparencyLog",
    ]),
  Module(
    "ProgramTests", .tests,
    [
      "Basics", "CanonicalJSON", "DeviceTestSupport", "Improvements", "Journal", "Linux", "Packages", "Subprocess",
      "SystemPackage", "TestSupport", "suture", "suture-delta", "suture-graft", "suture-packages", "suture-quickstart",
      "sutured",
    ]),
  Module(
    "CrashTests", .tests,
    [
      "Basics", "BinaryDelta", "CanonicalJSON", "DeltaEncoding", "DeviceEngine", "DeviceTestSupport", "Grafting",
      "Improvements", "Journal", "Linux", "Packages", "TestSupport", "suture", "sutured",
    ]),
  Module("TidyTests", .tests),
]

// MARK: - From the table to SwiftPM

let byName = Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0) })

func closure(of names: [String]) -> Set<String> {
  var seen: Set<String> = []
  var waiting = names
  while let name = waiting.popLast() {
    guard seen.insert(name).inserted, let module = byName[name] else { continue }
    waiting += module.uses
  }
  return seen
}

func selected() -> [Module] {
  guard let wanted = Context.environment["SUTURE_MODULES"], !wanted.isEmpty else { return table }
  let names = wanted.split(separator: ",").map(String.init)
  for name in names where byName[name] == nil { fatalError("SUTURE_MODULES names no module of Package.swift: \(name)") }
  let kept = closure(of: names + names.map { $0 + "Tests" } + names.map { $0 + "TestSupport" })
  return table.filter { kept.contains($0.name) }
}

@MainActor func target(_ module: Module) -> Target {
  let dependencies: [Target.Dependency] = module.uses.map { use in
    externals[use].map { .product(name: use, package: $0.name) } ?? .target(name: use)
  }
  switch module.kind {
  case .systemLibrary(let pkgConfig, let apt):
    return .systemLibrary(name: module.name, pkgConfig: pkgConfig, providers: [.apt([apt])])
  case .shim:
    return .target(name: module.name, exclude: ["README.md"], cSettings: [.define("_GNU_SOURCE")])
  case .library:
    return .target(name: module.name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict)
  case .program:
    return .executableTarget(
      name: module.name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict)
  case .support:
    return .target(
      name: module.name, dependencies: dependencies, path: "Tests/\(module.name)", exclude: ["README.md"],
      swiftSettings: strict)
  case .tests:
    return .testTarget(name: module.name, dependencies: dependencies, swiftSettings: strict)
  }
}

let modules = selected()
let offered = ["BinaryDelta", "CanonicalJSON", "DeltaEncoding", "ELFImage", "TUF", "TransparencyLog", "TreeDelta"]
var packages: [String: Package.Dependency] = [:]
for use in modules.flatMap(\.uses) {
  if let external = externals[use] { packages[external.name] = external.package }
}

// The documentation's plugin is for those who make the documentation: nobody else fetches it.
if Context.environment["SUTURE_DOCS"] != nil {
  packages["swift-docc-plugin"] = .package(url: "https://github.com/swiftlang/swift-docc-plugin", exact: "1.5.0")
}

let package = Package(
  name: "suture",
  products: modules.compactMap { module in
    switch module.kind {
    case .program: .executable(name: module.name, targets: [module.name])
    case .library where offered.contains(module.name): .library(name: module.name, targets: [module.name])
    default: nil
    }
  },
  dependencies: packages.sorted { $0.key < $1.key }.map(\.value),
  targets: modules.map(target)
)

// What a device reads and no product offers is fuzzed through a target of this package (Fuzz/README.md): nobody else
// takes it in.
if Context.environment["SUTURE_FUZZ"] != nil, modules.contains(where: { $0.name == "Improvements" }) {
  package.products.append(.library(name: "FuzzedImprovements", targets: ["FuzzedImprovements"]))
  package.targets.append(
    .target(
      name: "FuzzedImprovements", dependencies: ["Basics", "CanonicalJSON", "Improvements"],
      path: "Fuzz/Shared/FuzzedImprovements", swiftSettings: strict))
}
