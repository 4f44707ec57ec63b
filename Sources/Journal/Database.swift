internal import CSQLite

/// One SQLite database, used by one caller at a time.
///
/// Statements are prepared for each use: the journal writes a few rows an hour.
@safe final class Database {
  /// A value of a column or parameter.
  enum Value: Hashable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
  }

  private let handle: OpaquePointer

  /// Opens or creates a database file.
  init(path: String) throws(JournalError) {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW
    let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
    guard let handle = unsafe opened else { throw .database("no memory to open \(path)") }
    unsafe self.handle = handle
    guard code == SQLITE_OK else { throw .database("cannot open \(path): \(lastMessage)") }
    unsafe sqlite3_busy_timeout(handle, 5_000)
    // A damaged file must not be trusted with odd schemas.
    unsafe sqlite3_extended_result_codes(handle, 1)
    for pragma in [
      "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA trusted_schema=OFF", "PRAGMA foreign_keys=ON",
    ] {
      _ = try run(pragma)
    }
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  private var lastMessage: String { unsafe String(cString: sqlite3_errmsg(handle)) }

  /// Runs one statement and returns its rows.
  @discardableResult
  func run(_ statement: String, _ parameters: [Value] = []) throws(JournalError) -> [[Value]] {
    var prepared: OpaquePointer?
    guard unsafe sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK, let prepared = unsafe prepared
    else { throw .database(lastMessage) }
    defer { unsafe sqlite3_finalize(prepared) }
    for (index, value) in parameters.enumerated() {
      guard unsafe bind(value, to: prepared, at: Int32(index + 1)) == SQLITE_OK else { throw .database(lastMessage) }
    }
    var rows: [[Value]] = []
    while true {
      switch unsafe sqlite3_step(prepared) {
      case SQLITE_ROW:
        var row: [Value] = []
        let columns = unsafe sqlite3_column_count(prepared)
        for column in 0..<columns { unsafe row.append(value(prepared, column)) }
        rows.append(row)
      case SQLITE_DONE: return rows
      default: throw .database(lastMessage)
      }
    }
  }

  /// Runs `body` so that all of it is on the disk when this returns, or none of it.
  func transaction<T>(_ body: () throws(JournalError) -> T) throws(JournalError) -> T {
    try run("BEGIN IMMEDIATE")
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      _ = try? run("ROLLBACK")
      throw error
    }
  }

  private func bind(_ value: Value, to statement: OpaquePointer, at index: Int32) -> Int32 {
    // SQLITE_TRANSIENT: SQLite copies before the call returns.
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: return unsafe sqlite3_bind_null(statement, index)
    case .integer(let number): return unsafe sqlite3_bind_int64(statement, index, number)
    case .text(let text):
      return unsafe sqlite3_bind_text(statement, index, text, Int32(clamping: text.utf8.count), transient)
    case .blob(let bytes):
      return unsafe bytes.withUnsafeBytes {
        unsafe sqlite3_bind_blob64(statement, index, $0.baseAddress, UInt64($0.count), transient)
      }
    }
  }

  private func value(_ statement: OpaquePointer, _ column: Int32) -> Value {
    switch unsafe sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, column))
    case SQLITE_TEXT:
      guard let text = unsafe sqlite3_column_text(statement, column) else { return .null }
      return .text(unsafe String(cString: text))
    case SQLITE_BLOB:
      let count = Int(unsafe sqlite3_column_bytes(statement, column))
      guard count > 0, let base = unsafe sqlite3_column_blob(statement, column) else { return .blob([]) }
      return .blob(unsafe Array(UnsafeRawBufferPointer(start: base, count: count)))
    default: return .null
    }
  }
}

extension [Database.Value] {
  func text(_ column: Int) throws(JournalError) -> String {
    guard indices.contains(column), case .text(let text) = self[column] else {
      throw .damaged("column \(column) is no text")
    }
    return text
  }

  func integer(_ column: Int) throws(JournalError) -> Int64 {
    guard indices.contains(column), case .integer(let number) = self[column] else {
      throw .damaged("column \(column) is no integer")
    }
    return number
  }

  func blob(_ column: Int) throws(JournalError) -> [UInt8] {
    guard indices.contains(column), case .blob(let bytes) = self[column] else {
      throw .damaged("column \(column) is no blob")
    }
    return bytes
  }
}
