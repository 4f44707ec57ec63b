/// What apt is about to have dpkg do, as its hooks are told: protocol 3 of `DPkg::Pre-Install-Pkgs` (apt.conf(5)).
package struct AptChanges: Sendable, Hashable {
  /// The longest account, in bytes: some ten thousand packages.
  package static let byteLimit = 1 << 23

  /// One package that is installed, removed or configured.
  package struct Change: Sendable, Hashable {
    /// Its name.
    package let name: String
    /// The architectures that it has on the disk and will have.
    package let architectures: Set<String>
    /// The archive that is unpacked, by its absolute path; nil where none is.
    package let archive: String?
  }

  /// In apt's order; a package that is unpacked and then configured appears twice.
  package let changes: [Change]

  /// Reads an account; whatever is not in the documented form is refused.
  package init(parsing bytes: [UInt8]) throws(PackageError) {
    guard bytes.count <= Self.byteLimit else { throw .malformedChanges(line: 1, "it is longer than is read") }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first, first.elementsEqual("VERSION 3".utf8) else {
      throw .malformedChanges(line: 1, "it must be VERSION 3")
    }
    // apt's configuration, to an empty line.
    guard let empty = lines.dropFirst().dropLast().firstIndex(where: \.isEmpty), lines.last?.isEmpty == true else {
      throw .malformedChanges(line: lines.count, "it is cut off")
    }
    var changes: [Change] = []
    for index in lines.indices[(empty + 1)...].dropLast() {
      changes.append(try Self.change(lines[index], line: index + 1))
    }
    self.changes = changes
  }

  // `NAME OLD-VERSION OLD-ARCH OLD-MULTIARCH DIRECTION NEW-VERSION NEW-ARCH NEW-MULTIARCH ACTION`; a path may hold spaces.
  private static func change(_ bytes: ArraySlice<UInt8>, line: Int) throws(PackageError) -> Change {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformedChanges(line: line, "it is no text")
    }
    let fields = text.split(separator: " ", maxSplits: 8, omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 9, PackageFiles.isName(fields[0]) else {
      throw .malformedChanges(line: line, "it names no package in nine fields")
    }
    let architectures = Set([fields[2], fields[6]]).subtracting(["-"])
    guard architectures.allSatisfy(PackageFiles.isName) else {
      throw .malformedChanges(line: line, "it names no architecture")
    }
    switch fields[8] {
    case "**CONFIGURE**", "**REMOVE**": return Change(name: fields[0], architectures: architectures, archive: nil)
    default:
      guard fields[8].hasPrefix("/") else { throw .malformedChanges(line: line, "its action is none that is known") }
      return Change(name: fields[0], architectures: architectures, archive: fields[8])
    }
  }
}
