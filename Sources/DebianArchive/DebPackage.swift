package import Basics

/// A binary package of Debian, read from its `.deb` (deb(5)): control data whole, data members by digest.
///
/// Reading is strict: what dpkg would never have built is refused. Contents of members are not kept; `contents(of:)` reads
/// them from the file again and checks that they are what was seen first.
package struct DebPackage: Sendable {
  /// The file that was read.
  package let file: String
  /// The control file's stanza.
  package let control: ControlStanza
  /// Package.
  package let name: String
  /// Version.
  package let version: DebianVersion
  /// Architecture.
  package let architecture: String
  /// The source package's name: Source without its version, else the package's own name.
  package let source: String
  /// The source package's version: the one in parentheses in Source, else the package's own.
  package let sourceVersion: DebianVersion
  /// The members of the control archive other than `control`, by name: maintainer scripts, conffiles, shlibs, symbols, ….
  package let controlFiles: [String: [UInt8]]
  /// What the package installs, ordered by path.
  package let members: [DataMember]
  /// The same by path.
  package let membersByPath: [RelativePath: DataMember]
  /// The limits that hold for this package.
  package let limits: DebLimits

  /// The maintainer scripts and what works like them: run or read by dpkg, debconf or triggers.
  package static let scriptNames = ["preinst", "postinst", "prerm", "postrm", "config", "templates", "triggers"]

  /// Reads a package.
  package init(file: String, limits: DebLimits = .standard) throws(DebianError) {
    let reader = DebReader(file: file, limits: limits)
    let parts = try reader.read()
    guard let bytes = parts.control["control"] else {
      throw .notAPackage(file: file, reason: "its control archive has no control file")
    }
    let stanza = try ControlStanza(parsing: String(decoding: bytes, as: UTF8.self))
    func field(_ name: String) throws(DebianError) -> String {
      guard let value = stanza[name], !value.isEmpty else { throw .missingField(file: file, field: name) }
      return value
    }
    let name = try field("Package")
    guard PackageName.isValid(name) else { throw .badField(file: file, field: "Package", value: name) }
    let architecture = try field("Architecture")
    guard PackageName.isValidArchitecture(architecture) else {
      throw .badField(file: file, field: "Architecture", value: architecture)
    }
    let version = try DebianVersion(try field("Version"))
    (source, sourceVersion) = try Self.source(stanza["Source"], name: name, version: version, file: file)
    self.file = file
    self.limits = limits
    self.control = stanza
    self.name = name
    self.architecture = architecture
    self.version = version
    controlFiles = parts.control.filter { $0.key != "control" }
    membersByPath = parts.members
    members = parts.members.values.sorted { $0.path < $1.path }
  }

  /// The parsed relationships of a field such as Depends; empty where the field is absent.
  package func relationships(_ field: String) throws(DebianError) -> [Relationship] {
    try Relationship.parse(control[field] ?? "")
  }

  /// The paths that are configuration files (Debian Policy, appendix E), ordered; empty without a list.
  package func conffiles() throws(DebianError) -> [RelativePath] {
    let text = String(decoding: controlFiles["conffiles"] ?? [], as: UTF8.self)
    var paths: [RelativePath] = []
    for line in text.split(whereSeparator: \.isNewline) {
      // "remove-on-upgrade /etc/x" names a file that the package does not ship.
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      guard let path = words.last else { continue }
      guard words.count <= 2, path.hasPrefix("/"), let parsed = RelativePath(path.dropFirst()) else {
        throw .badMember(file: file, name: "conffiles", reason: "has the malformed line \"\(line)\"")
      }
      paths.append(UsrMerge.apply(to: parsed))
    }
    return paths.sorted()
  }

  /// The contents of regular files and hard links, read from the package again, each compared with its digest.
  package func contents(of paths: Set<RelativePath>) throws(DebianError) -> [RelativePath: [UInt8]] {
    var wanted: [RelativePath: [RelativePath]] = [:]
    for path in paths {
      switch membersByPath[path]?.kind {
      case .file: wanted[path, default: []].append(path)
      case .hardLink(let target, _): wanted[target, default: []].append(path)
      default: throw .noSuchMember(file: file, path: path.description)
      }
    }
    let read = try DebReader(file: file, limits: limits).contents(of: Set(wanted.keys))
    var found: [RelativePath: [UInt8]] = [:]
    for (target, names) in wanted {
      guard let bytes = read[target], Digest(of: bytes) == membersByPath[target]?.digest else {
        throw .changedWhileRead(file: file, path: target.description)
      }
      for name in names { found[name] = bytes }
    }
    return found
  }

  /// The content of one file.
  package func content(of path: RelativePath) throws(DebianError) -> [UInt8] {
    guard let bytes = try contents(of: [path])[path] else {
      throw .noSuchMember(file: file, path: path.description)
    }
    return bytes
  }

  private static func source(
    _ field: String?, name: String, version: DebianVersion, file: String
  ) throws(DebianError) -> (String, DebianVersion) {
    guard let field else { return (name, version) }
    let words = field.split(separator: " ", omittingEmptySubsequences: true)
    guard let source = words.first, words.count <= 2, PackageName.isValid(source) else {
      throw .badField(file: file, field: "Source", value: field)
    }
    guard words.count == 2 else { return (String(source), version) }
    guard words[1].hasPrefix("("), words[1].hasSuffix(")") else {
      throw .badField(file: file, field: "Source", value: field)
    }
    return (String(source), try DebianVersion(words[1].dropFirst().dropLast()))
  }
}
