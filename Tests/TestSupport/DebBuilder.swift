/// Builds small binary packages byte by byte, honest and hostile ones, without dpkg: an `ar` of two uncompressed `tar`s.
package struct DebBuilder: Sendable {
  /// One entry of a tar archive, just as it is to stand there.
  package struct Entry: Sendable {
    /// The name in the header.
    package var name: String
    /// The type flag in the header.
    package var type: UInt8
    /// What follows the header.
    package var content: [UInt8]
    /// The link target in the header.
    package var link: String
    /// Permission bits in the header.
    package var mode: UInt32
    /// The owner in the header.
    package var userID: Int
    /// The size in the header where it is to differ from the content's.
    package var declaredSize: Int?

    /// A regular file.
    package static func file(_ name: String, _ content: [UInt8], mode: UInt32 = 0o644) -> Entry {
      Entry(name: name, type: UInt8(ascii: "0"), content: content, link: "", mode: mode, userID: 0)
    }

    /// A regular file of text.
    package static func file(_ name: String, _ text: String, mode: UInt32 = 0o644) -> Entry {
      file(name, Array(text.utf8), mode: mode)
    }

    /// A second name of a file.
    package static func hardLink(_ name: String, to target: String) -> Entry {
      Entry(name: name, type: UInt8(ascii: "1"), content: [], link: target, mode: 0o644, userID: 0)
    }

    /// A symbolic link.
    package static func symbolicLink(_ name: String, to target: String) -> Entry {
      Entry(name: name, type: UInt8(ascii: "2"), content: [], link: target, mode: 0o777, userID: 0)
    }

    /// A character device.
    package static func device(_ name: String) -> Entry {
      Entry(name: name, type: UInt8(ascii: "3"), content: [], link: "", mode: 0o600, userID: 0)
    }

    /// A directory.
    package static func directory(_ name: String) -> Entry {
      Entry(name: name, type: UInt8(ascii: "5"), content: [], link: "", mode: 0o755, userID: 0)
    }
  }

  /// The fields of the control file, in order.
  package var fields: [(String, String)]
  /// Further members of the control archive.
  package var control: [Entry] = []
  /// The data archive.
  package var data: [Entry] = []

  /// A package with the fields that every package has.
  package init(name: String = "libdemo1", version: String, architecture: String = "amd64") {
    fields = [
      ("Package", name), ("Version", version), ("Architecture", architecture), ("Maintainer", "Nobody <n@example.org>"),
      ("Description", "a package of the tests"),
    ]
  }

  /// The same with one field set.
  package func with(_ field: String, _ value: String) -> DebBuilder {
    var copy = self
    copy.fields.removeAll { $0.0 == field }
    copy.fields.append((field, value))
    return copy
  }

  /// The package's bytes.
  package var bytes: [UInt8] {
    let text = fields.map { "\($0.0): \($0.1)\n" }.joined()
    return Self.ar([
      ("debian-binary", Array("2.0\n".utf8)),
      ("control.tar", Self.tar([.directory("./"), .file("./control", text)] + control)),
      ("data.tar", Self.tar([.directory("./")] + data)),
    ])
  }

  /// An `ar` archive in the common form.
  package static func ar(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var bytes = Array("!<arch>\n".utf8)
    for member in members {
      let header =
        padded(member.name, 16) + padded("0", 12) + padded("0", 6) + padded("0", 6) + padded("100644", 8)
        + padded(String(member.bytes.count), 10) + "`\n"
      bytes += Array(header.utf8) + member.bytes
      if member.bytes.count % 2 == 1 { bytes.append(UInt8(ascii: "\n")) }
    }
    return bytes
  }

  /// A `tar` archive in the ustar form.
  package static func tar(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      bytes += header(of: entry) + entry.content
      bytes += [UInt8](repeating: 0, count: (512 - entry.content.count % 512) % 512)
    }
    return bytes + [UInt8](repeating: 0, count: 1_024)
  }

  private static func header(of entry: Entry) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put(String(entry.name.prefix(100)), at: 0)
    put(octal(Int(entry.mode), 7), at: 100)
    put(octal(entry.userID, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(octal(entry.declaredSize ?? entry.content.count, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ", at: 148)
    header[156] = entry.type
    put(String(entry.link.prefix(100)), at: 157)
    put("ustar", at: 257)
    put("00", at: 263)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
    header[154] = 0
    return header
  }

  private static func octal(_ value: Int, _ width: Int) -> String {
    let digits = String(value, radix: 8)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.utf8.count))
  }
}
