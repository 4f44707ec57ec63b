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
      // Journals of earlier versions have neither.
      if let suspicions = json["suspicions"] { record.suspicions = try Self.suspicions(suspicions) }
      if let again = json["again"] {
        guard let names = Self.names(again) else { throw .damaged("what was put back after the last boot is nothing") }
        record.again = names
      }
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
      "suspicions": .array(
        record.suspicions.sorted { $0.key < $1.key }.map { name, suspicion in
          [
            "name": .string(name.description), "failures": .integer(Int64(suspicion.failures)),
            "waits": .integer(Int64(suspicion.waits)), "heldBack": .bool(suspicion.isHeldBack),
          ]
        }),
      "again": list(record.again),
    ]
    try access { database throws(JournalError) in
      _ = try database.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('boot', ?)", [.text(json.compactText)])
    }
  }

  private static func suspicions(
    _ json: JSON
  ) throws(JournalError) -> [ImprovementName: BootRecord.Suspicion] {
    guard let entries = json.array else { throw .damaged("what made boots fail is nothing") }
    let counts = 0...Int64(BootRecord.Suspicion.limit)
    var result: [ImprovementName: BootRecord.Suspicion] = [:]
    for entry in entries {
      guard let name = entry["name"]?.string.flatMap({ ImprovementName($0) }),
        let failures = entry["failures"]?.integer, let waits = entry["waits"]?.integer,
        let isHeldBack = entry["heldBack"]?.bool, counts.contains(failures), counts.contains(waits)
      else { throw .damaged("what made boots fail is nothing") }
      result[name] = BootRecord.Suspicion(failures: Int(failures), waits: Int(waits), isHeldBack: isHeldBack)
    }
    return result
  }

  private static func names(_ json: JSON?) -> Set<ImprovementName>? {
    guard let elements = json?.array else { return nil }
    let names = elements.compactMap { $0.string.flatMap { ImprovementName($0) } }
    return names.count == elements.count ? Set(names) : nil
  }
}
