import Testing

/// Files and functions stay short enough to be read at once.
@Suite struct LengthTests {
  static let fileLimit = 400
  static let functionLimit = 70

  static func longFiles(_ files: [TextFile]) -> [Finding] {
    files.compactMap { file in
      let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
      return count > fileLimit
        ? Finding(file.path, "\(count) lines; split it by idea, \(fileLimit) are the limit") : nil
    }
  }

  /// The functions of a file, by the line where each begins and the number of its lines.
  ///
  /// Whatever opens a block after `func`, `init`, `deinit`, `subscript` or a computed `var` counts as one.
  static func functions(_ source: SwiftSource) -> [(line: Int, count: Int)] {
    let heads = ["func", "init", "deinit", "subscript", "var"]
    var found: [(line: Int, count: Int)] = []
    var depth = 0
    var parentheses = 0
    var head: Int?
    var open: [(line: Int, depth: Int)] = []
    for (index, line) in source.code.enumerated() {
      let words = line.split(whereSeparator: { !$0.isLetter })
      if parentheses == 0, words.contains(where: { heads.contains(String($0)) }) { head = index }
      for character in line.utf8 {
        switch character {
        case UInt8(ascii: "("), UInt8(ascii: "["): parentheses += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"): parentheses -= 1
        case UInt8(ascii: "{"):
          if let start = head, parentheses == 0 {
            open.append((start, depth))
            head = nil
          }
          depth += 1
        case UInt8(ascii: "}"):
          depth -= 1
          if parentheses == 0 { head = nil }
          if let last = open.last, last.depth == depth {
            found.append((last.line + 1, index - last.line + 1))
            open.removeLast()
          }
        default: break
        }
      }
    }
    return found
  }

  static func longFunctions(_ source: SwiftSource) -> [Finding] {
    functions(source).filter { $0.count > functionLimit }.map {
      Finding(
        source.file.path, line: $0.line,
        "a function of \(Int($0.count)) lines; keep the branches and move the steps out, \(functionLimit) are the limit"
      )
    }
  }

  @Test func `no file is longer than 400 lines`() {
    let files = Repository.texts(endings: [".swift", ".c", ".h", ".sh"]) + Repository.texts(under: "scripts")
    #expect(files.count > 10)
    let findings = Self.longFiles(files)
    expectNone(findings)
  }

  @Test func `no function is longer than 70 lines`() {
    #expect(SwiftSource.all.flatMap(Self.functions).count > 100)
    let findings = SwiftSource.all.flatMap(Self.longFunctions)
    expectNone(findings)
  }

  @Test func `a file of 401 lines is found and one of 400 is not`() {
    let lines = { String(repeating: "x\n", count: $0) }
    #expect(Self.longFiles([TextFile(path: "A.swift", text: lines(400))]).isEmpty)
    #expect(Self.longFiles([TextFile(path: "A.swift", text: lines(401))]).count == 1)
  }

  @Test(arguments: ["func f() {", "init(a: Int = g({ 1 })) throws {", "var x: Int {", "func f(\n  a: Int\n) -> Int {"])
  func `a function of 71 lines is found and one of 70 is not`(head: String) {
    let body = { (count: Int) in
      let inner = count - head.split(separator: "\n").count - 1
      return "struct S {\n\(head)\n\(String(repeating: "  if a { b() } // }\n", count: inner))}\nfunc g() { h() }\n}\n"
    }
    #expect(Self.longFunctions(SwiftSource(path: "A.swift", body(70))).isEmpty)
    #expect(Self.longFunctions(SwiftSource(path: "A.swift", body(71))).map(\.line) == [2])
  }

  @Test func `a requirement without a body does not borrow the next block`() {
    let text = "protocol P {\n  func f()\n  var x: Int\n}\nstruct S {\n\(String(repeating: "\n", count: 90))}\n"
    #expect(Self.longFunctions(SwiftSource(path: "A.swift", text)).isEmpty)
  }
}
