import Linux
import Values

/// The change from the grafts that stand to those of a plan: all of it prepared, nothing done yet.
struct GraftSwitch {
  /// What was done, for the caller.
  struct Account {
    var added = 0
    var replaced = 0
    var removed = 0
    var kept = 0
  }

  /// What changes at one file.
  private struct Step {
    let place: MountPlace
    /// What was seen there before.
    let former: SeenFile
    /// The graft to be; nil where the baseline is to be seen.
    let new: DetachedMount?
    /// Another mount of the graft that stands, to go back to; nil where the baseline is seen.
    let old: DetachedMount?
    /// How many further grafts are stacked beneath that one, of which none may come to light.
    let hiddenLayers: Int
  }

  private var steps: [Step] = []
  private(set) var account = Account()
  /// Whether no file is seen uncovered while its graft is replaced.
  let isGapless: Bool

  /// Looks at every file of the plan and every graft that stands, and prepares the mounts.
  init(_ grafts: [Plan.Graft], in here: Workplace, isGapless: Bool) throws(Refusal) {
    self.isGapless = isGapless
    do {
      let standing = Dictionary(here.standing.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
      var places: [RelativePath: RelativePath] = [:]
      var keptGroups: Set<UInt64> = []
      for graft in grafts {
        guard let place = try here.root.mountPlace(graft.path, here.proc) else {
          throw Refusal.nothingThere(graft.path)
        }
        if let other = places.updateValue(graft.path, forKey: place.path) {
          throw Refusal.doublePlace(other, graft.path)
        }
        let stored = try Self.stored(graft, here)
        let present = standing[place.path]
        if let group = present?.entry.peerGroup { keptGroups.insert(group) }
        try prepare(stored, at: place, standing: present, in: here)
      }
      for mount in here.standing where places[mount.path] == nil {
        // A copy of a graft that is dealt with already: it follows by itself.
        if let group = mount.entry.peerGroup, !keptGroups.insert(group).inserted { continue }
        try prepareRemoval(of: mount, in: here)
      }
    } catch let refusal as Refusal { throw refusal } catch let error as LinuxError { throw .system(error) } catch {
      throw .plan(line: 0, "\(error)")
    }
    steps.sort { $0.place.path < $1.place.path }
  }

  /// Prepares to take off the grafts at these real paths; one that does not stand is no error.
  init(uncovering paths: Set<RelativePath>, in here: Workplace) throws(Refusal) {
    isGapless = true
    do {
      var groups: Set<UInt64> = []
      for mount in here.standing where paths.contains(mount.path) {
        if let group = mount.entry.peerGroup, !groups.insert(group).inserted { continue }
        try prepareRemoval(of: mount, in: here)
      }
    } catch let refusal as Refusal { throw refusal } catch let error as LinuxError { throw .system(error) } catch {
      throw .plan(line: 0, "\(error)")
    }
  }

  /// Does it, file by file; where one fails, those before are put back.
  func perform() throws(Refusal) {
    for (index, step) in steps.enumerated() {
      do {
        for _ in 0..<step.hiddenLayers { try step.place.detachTop() }
        try set(step.new, at: step.place, isGrafted: step.old != nil)
      } catch {
        try undo(steps[..<index], failed: step, after: error.description)
        throw .system(error)
      }
    }
  }

  private mutating func prepareRemoval(of mount: MountTable.FileMount, in here: Workplace) throws {
    guard let place = try here.root.mountPlace(mount.path, here.proc), place.path == mount.path else {
      throw Refusal.hidden(mount.path)
    }
    try prepare(nil, at: place, standing: mount, in: here)
  }

  private mutating func prepare(
    _ stored: SeenFile?, at place: MountPlace, standing: MountTable.FileMount?, in here: Workplace
  ) throws {
    let top = try place.top()
    if let standing, top.mountID != standing.entry.id { throw Refusal.hidden(place.path) }
    let hiddenLayers = standing.map(here.hiddenLayers) ?? 0
    switch (stored, standing) {
    case (let stored?, .some) where stored.status.identity == top.status.identity && hiddenLayers == 0:
      account.kept += 1
      return
    case (.some, .some): account.replaced += 1
    case (.some, nil): account.added += 1
    case (nil, _): account.removed += 1
    }
    steps.append(
      Step(
        place: place, former: top, new: try stored.map { try DetachedMount(of: $0) },
        old: try standing.map { _ in try DetachedMount(of: top) }, hiddenLayers: hiddenLayers))
  }

  private static func stored(_ graft: Plan.Graft, _ here: Workplace) throws -> SeenFile {
    let file = try here.store.seenFile(graft.name)
    guard file.status.kind == .file else { throw Refusal.noPlainFile(graft.name.description) }
    guard file.status.identity == graft.identity else {
      throw Refusal.wrongFile(graft.name.description, expected: graft.identity, found: file.status.identity)
    }
    return file
  }

  // Makes a mount, or with nil the baseline, what is seen at a place.
  private func set(_ mount: DetachedMount?, at place: MountPlace, isGrafted: Bool) throws(LinuxError) {
    guard isGrafted else {
      if let mount { try mount.attach(over: place.top()) }
      return
    }
    if isGapless, let mount {
      try mount.attach(beneath: place.top())
      return try place.detachTop()
    }
    try place.detachTop()
    if let mount { try mount.attach(over: place.top()) }
  }

  private func undo(_ done: ArraySlice<Step>, failed: Step, after: String) throws(Refusal) {
    do {
      // The step that failed may have got half-way where there is a gap: the old graft off, the new one not on.
      if let old = failed.old, try failed.place.top().mountID != failed.former.mountID {
        try set(old, at: failed.place, isGrafted: false)
      }
    } catch { throw .notUndone(failed.place.path, why: error.description, after: after) }
    for step in done.reversed() {
      do { try set(step.old, at: step.place, isGrafted: step.new != nil) } catch {
        throw .notUndone(step.place.path, why: error.description, after: after)
      }
    }
  }
}
