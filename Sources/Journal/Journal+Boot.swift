internal import CanonicalJSON
package import Improvements

extension Journal {
  /// What is known of the device's boots.
  package func bootRecord() throws(JournalError) -> BootRecord {
    try access { database throws(JournalError) in
      guard let row = try database.run("SELECT value FROM fact WHERE name = 'boot'").first else { return BootRecord() }
      guard let json = try? JSON(parsing: Array(row.text(0).utf8)), let failures = json["failures"]?.integer,
        let proven = Self.names(json["proven"]), let leftOut = Self.names(json["leftOut"])
      else { throw .damaged("what is known of the boots is nothing") }
      var record = BootRecord()
      record.failures = Int(clamping: failures)
      record.proven = proven
      record.leftOut = leftOut
      if let tried = json["tried"], tried != .null {
        guard let names = Self.names(tried) else { throw .damaged("what the last boot tried is nothing") }
        record.tried = names
      }
      return record
    }
  }

  /// Records what is known of the device's boots from now on.
  package func record(boot record: BootRecord) throws(JournalError) {
    func list(_ names: Set<ImprovementName>) -> JSON { .array(names.sorted().map { .string($0.description) }) }
    let json: JSON = [
      "failures": .integer(Int64(record.failures)), "proven": list(record.proven), "leftOut": list(record.leftOut),
      "tried": record.tried.map(list) ?? .null,
    ]
    try access { database throws(JournalError) in
      _ = try database.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('boot', ?)", [.text(json.compactText)])
    }
  }

  private static func names(_ json: JSON?) -> Set<ImprovementName>? {
    guard let elements = json?.array else { return nil }
    let names = elements.compactMap { $0.string.flatMap { ImprovementName($0) } }
    return names.count == elements.count ? Set(names) : nil
  }
}
