import Basics
import Grafting
import Linux
import Packages

/// What is done before packages are changed: a note that a run has begun, and grafts that step aside.
struct StepAside {
  private let here: Workplace
  private let announcer: PackageRun.Announcer
  private let process: ProcessIdentity
  /// The lists of the packages that apt names; nil where nothing is known, so that everything is concerned.
  private let named: (files: PackageFiles, lists: [String])?

  init(_ options: Options, _ here: Workplace) throws {
    self.here = here
    announcer = options.isApt ? .apt : .dpkg
    let number = options.process ?? 0
    // Read before anything else, that apt is not kept waiting.
    let told = options.isApt ? try? StandardStream.readInput(limit: AptChanges.byteLimit) : nil
    guard let process = ProcessIdentity(running: number) else { throw Sentence.noProcess(number) }
    self.process = process
    named = options.isApt ? Self.named(by: told ?? [], here) : nil
  }

  // Asking the archives what they replace takes time: done before anybody waits for a turn.
  private static func named(by told: [UInt8], _ here: Workplace) -> (files: PackageFiles, lists: [String])? {
    do {
      let files = try PackageFiles(root: here.root)
      return (files, try files.lists(concerning: AptChanges(parsing: told)))
    } catch {
      SuturePackages.tell(Sentence.allAside(reason: "\(error)"))
      return nil
    }
  }

  func perform() throws {
    let isNews = try here.work.inTurn {
      let former = try here.work.run()
      if announcer == .dpkg, let former, isNamed(by: former) { return false }
      let places = try here.mounts.places()
      let aside = try extended(concerned(places), places)
      // Before the first is taken off: who finds the note covers nothing.
      try here.work.announce(
        PackageRun(
          announcer: announcer, process: process, since: WallClock.now(), aside: aside.union(former?.aside ?? [])))
      tell(aside, places)
      uncover(aside)
      return true
    }
    if isNews { DaemonCall(here.runtime).announce() }
  }

  // dpkg was started by an apt that named what it will have replaced.
  private func isNamed(by run: PackageRun) -> Bool {
    run.announcer == .apt && run.process.isRunning && process.ancestors.contains(run.process)
  }

  /// The places at which a file of the packages stands; all of them where that cannot be told.
  private func concerned(_ places: [(path: RelativePath, name: String)]) -> Set<RelativePath> {
    let all = Set(places.map(\.path))
    guard let named, !all.isEmpty else { return all }
    do {
      var byIdentity: [FileIdentity: Set<RelativePath>] = [:]
      for place in places {
        guard let name = RelativePath(place.name), let status = try here.store.directory.statusOfLink(name) else {
          continue
        }
        byIdentity[status.identity, default: []].insert(place.path)
      }
      var found: Set<RelativePath> = []
      for list in named.lists {
        try named.files.forEachPath(in: list) { path in
          if all.contains(path) {
            found.insert(path)
          } else if let seen = try here.root.statusOfLink(path), let places = byIdentity[seen.identity] {
            // Under another name of a directory, such as /lib for /usr/lib.
            found.formUnion(places)
          }
        }
      }
      return found
    } catch {
      SuturePackages.tell(Sentence.allAside(reason: "\(error)"))
      return all
    }
  }

  /// With them all that belongs to the same improvements: half of one is worse than none.
  private func extended(
    _ concerned: Set<RelativePath>, _ places: [(path: RelativePath, name: String)]
  ) throws -> Set<RelativePath> {
    let groups = try here.work.keptGroups()
    let owners = Set(places.filter { concerned.contains($0.path) }.flatMap { groups[$0.name] ?? [] })
    return concerned.union(places.filter { !owners.isDisjoint(with: groups[$0.name] ?? []) }.map(\.path))
  }

  private func tell(_ aside: Set<RelativePath>, _ places: [(path: RelativePath, name: String)]) {
    guard !aside.isEmpty else { return }
    let groups = (try? here.work.keptGroups()) ?? [:]
    let names = places.filter { aside.contains($0.path) }.flatMap { place in
      groups[place.name].map { $0.map { String($0.split(separator: "/").last ?? "") } } ?? ["/\(place.path)"]
    }
    SuturePackages.tell(Sentence.aside(Set(names).sorted(), for: announcer))
  }

  private func uncover(_ aside: Set<RelativePath>) {
    do { try here.mounts.uncover(aside) } catch {
      // One that cannot be taken off must not keep the others.
      for path in aside.sorted() {
        do { try here.mounts.uncover([path]) } catch {
          SuturePackages.tell(Sentence.notUncovered("\(path)", reason: "\(error)"))
        }
      }
    }
  }
}
