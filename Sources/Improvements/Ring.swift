/// A device's early or late group, by its owner's choice.
package enum Ring: String, Sendable, Hashable, CaseIterable {
  /// For machines whose owner wants improvements first.
  case early
  /// For all others.
  case late
}
