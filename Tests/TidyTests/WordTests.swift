import Testing

/// Words that do not belong into the code, each with what stands in its place.
@Suite struct WordTests {
  struct Ban: Sendable {
    let word: String
    let instead: String
    /// The modules in which the word is banned; nil for all.
    var modules: Set<String>?
  }

  static let programs = Set(PackageTable.own.modules.filter { $0.kind == "program" }.map(\.name))
  static let libraries = Set(PackageTable.own.modules.filter { $0.kind == "library" }.map(\.name))
  /// What a device links: there Foundation costs 44 MB of tables.
  static let onDevice = PackageTable.own.closure(of: "sutured").union(PackageTable.own.closure(of: "suture"))

  static let bans: [Ban] = [
    Ban(word: "Date()", instead: "take the time as a parameter (UTCTime); only a program asks the clock"),
    Ban(word: "try!", instead: "try, and let the caller know"),
    Ban(word: "as!", instead: "as?, and say what was expected"),
    Ban(word: "fatalError(", instead: "throw for input, precondition for a programmer's mistake"),
    Ban(word: "print(", instead: "return a value; programs print", modules: libraries),
    Ban(word: "debugPrint(", instead: "return a value; programs print", modules: libraries),
    Ban(word: "import Foundation", instead: "Basics and Linux: a device does not link it", modules: onDevice),
    Ban(word: "import FoundationEssentials", instead: "Basics and Linux: a device does not link it", modules: onDevice),
  ]

  /// The modules where `unsafe` may stand, and why.
  ///
  /// A list of files narrows it to those.
  static let unsafeAllowed: [String: (reason: String, files: Set<String>?)] = [
    "Basics": ("Digest hands its bytes to Crypto", ["Digest.swift"]),
    "Linux": ("the one door to the kernel: every call takes C pointers", nil),
    "SystemBus": ("sd-bus is C", nil),
    "Compression": ("libzstd and liblzma are C", nil),
    "BinaryDelta": ("it reads mapped files without copying them", nil),
    "DeltaEncoding": ("libdivsufsort is C, and the matcher reads files in place", nil),
    "ELFImage": ("reads images in place, without copying them", nil),
    "Journal": ("SQLite is C", nil),
    "DebianArchive": ("libarchive is C", nil),
  ]

  static func banned(_ source: SwiftSource) -> [Finding] {
    bans.filter { $0.modules?.contains(source.file.module) ?? true }.flatMap { ban in
      source.code.enumerated().filter { $0.element.containsWord(ban.word) }.map {
        Finding(source.file.path, line: $0.offset + 1, "`\(ban.word)` is banned here: \(ban.instead)")
      }
    }
  }

  static func leftovers(_ source: SwiftSource) -> [Finding] {
    source.comments.enumerated().filter { line in ["TODO", "FIXME", "XXX"].contains { line.element.containsWord($0) } }
      .map { Finding(source.file.path, line: $0.offset + 1, "a note to oneself: do it, or file an issue and drop it") }
  }

  static func unsafeWords(_ source: SwiftSource) -> [Finding] {
    if let allowed = unsafeAllowed[source.file.module], allowed.files?.contains(source.file.name) ?? true { return [] }
    return source.code.enumerated().filter { $0.element.containsWord("unsafe") }.map {
      Finding(
        source.file.path, line: $0.offset + 1,
        "`unsafe` outside the modules that may: \(unsafeAllowed.keys.sorted().joined(separator: ", "))")
    }
  }

  @Test func `no banned word stands in the sources`() {
    #expect(!Self.libraries.isEmpty && !Self.programs.isEmpty && Self.onDevice.contains("Basics"))
    let findings = SwiftSource.modules.flatMap(Self.banned)
    expectNone(findings)
  }

  @Test func `no note to oneself stands in the code`() {
    let findings = SwiftSource.all.flatMap(Self.leftovers)
    expectNone(findings)
  }

  @Test func `unsafe stands only where memory is not Swift's`() {
    let findings = SwiftSource.modules.flatMap(Self.unsafeWords)
    expectNone(findings)
  }

  @Test(arguments: bans)
  func `each banned word is found in code and nowhere else`(ban: Ban) {
    let place = "Sources/\(ban.modules?.min() ?? "Anything")/A.swift"
    #expect(Self.banned(SwiftSource(path: place, "let a = 1\n\(ban.word)\n")).contains { $0.line == 2 })
    let innocent = "// \(ban.word)\nlet a = \"\(ban.word)\"\nlet b = #\"\"\"\n\(ban.word)\n\"\"\"#\n/* \(ban.word) */\n"
    #expect(Self.banned(SwiftSource(path: place, innocent)).isEmpty)
    #expect(!Self.banned(SwiftSource(path: place, "let a = \"\\(f(\"x\") + \(ban.word))\"")).isEmpty)
    if ban.modules != nil {
      #expect(Self.banned(SwiftSource(path: "Sources/Anything/A.swift", "\(ban.word)\n")).isEmpty)
    }
  }

  @Test func `a longer word is not the banned one`() {
    #expect(Self.banned(SwiftSource(path: "Sources/Basics/A.swift", "fingerprint(x); update()\n")).isEmpty)
    #expect(!"reprint(".containsWord("print(") && "x.print(".containsWord("print("))
  }

  @Test func `a note to oneself is found in a comment and not in a name`() {
    #expect(Self.leftovers(SwiftSource(path: "A.swift", "let x = 1 // " + "TODO: later\n")).count == 1)
    #expect(Self.leftovers(SwiftSource(path: "A.swift", "let TODO = \"FIXME\"\n")).isEmpty)
  }

  @Test func `unsafe is found outside its modules and outside its files`() {
    let text = "let x = unsafe f()\n"
    #expect(Self.unsafeWords(SwiftSource(path: "Sources/TUF/A.swift", text)).count == 1)
    #expect(Self.unsafeWords(SwiftSource(path: "Sources/Basics/A.swift", text)).count == 1)
    #expect(Self.unsafeWords(SwiftSource(path: "Sources/Basics/Digest.swift", text)).isEmpty)
    #expect(Self.unsafeWords(SwiftSource(path: "Sources/Linux/A.swift", text)).isEmpty)
    #expect(Self.unsafeWords(SwiftSource(path: "Sources/TUF/A.swift", "let isUnsafe = unsafeName\n")).isEmpty)
  }
}
