/// A place in the code that brings something to the disk, told by what is synced.
enum SyncPlace: String, Sendable, CaseIterable {
  case above = "the folders above /var/lib/suture"
  case state = "/var/lib/suture"
  case log = "the journal's log"
  case database = "the journal's database"
  case rollback = "the empty journal's rollback log"
  case metadataFile = "a metadata file"
  case metadata = "the metadata's folder"
  case storeFile = "a stored file"
  case store = "the store's folder"
  case generation = "the folders of a generation of the farm"
  case farm = "the farm's folder"
  case spoolFile = "a manifest or payload in the spool"
  case spool = "the spool's folders"
  case selfTest = "the self-test's file"
  case settingsFile = "the owner's settings"
  case settings = "the settings' folders"

  /// Where an effect syncs; nil where it does not.
  init?(_ effect: Effect) {
    guard case .synchronize(let path) = effect else { return nil }
    let own = "var/lib/suture"
    guard path.hasPrefix(own) else {
      guard path.hasPrefix("etc") else {
        self = .above
        return
      }
      self = path.contains("/.") ? .settingsFile : .settings
      return
    }
    let steps = path.dropFirst(own.count).split(separator: "/")
    switch (steps.first, steps.count) {
    case (nil, _): self = .state
    case ("journal.sqlite", _): self = .database
    case ("journal.sqlite-wal", _): self = .log
    case ("journal.sqlite-journal", _): self = .rollback
    case ("metadata", 1): self = .metadata
    case ("metadata", _): self = .metadataFile
    case ("store", 1): self = .store
    case ("store", _): self = .storeFile
    case ("farm", 1): self = .farm
    case ("farm", _): self = .generation
    case ("spool", _): self = steps.last?.hasPrefix(".") == true ? .spoolFile : .spool
    default: self = .selfTest
    }
  }

  /// Why nothing is lost where it is left out; nil where something is.
  var excuse: String? {
    switch self {
    case .rollback: "SQLite's own; it guards a database that is still empty and is made anew"
    case .spoolFile, .spool: "digests are checked when it is used; it saves a second download"
    case .selfTest: "written anew at every start; it shares the one way of writing files"
    default: nil
    }
  }
}
