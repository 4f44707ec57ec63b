import Linux

/// Keeps the daemon small between the moments in which it works.
enum Thrift {
  /// What a waiting daemon may have in memory without anybody minding, in bytes.
  static let contentLimit = 12 << 20
  /// How often that is looked at.
  static let period: Duration = .seconds(60)

  /// Gives back what callers and looks left mapped, until the task is cancelled.
  static func run() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: period, tolerance: period / 2)
      if let resident = OwnMemory.resident(), resident > contentLimit { OwnMemory.giveBack() }
    }
  }
}
