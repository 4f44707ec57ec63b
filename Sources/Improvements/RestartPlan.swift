/// What it takes until no process runs the vulnerable code of some components, found out before anything is changed.
package struct RestartPlan: Sendable, Hashable {
  /// One thing that has to be done.
  package struct Step: Sendable, Hashable {
    /// What is to be done it to.
    package enum Subject: Sendable, Hashable {
      /// A unit of the service manager, by its name.
      case unit(String)
      /// A program, by the kernel's short name of its processes, where no service manager restarts it.
      case program(String)
      /// The machine, of which all starts anew.
      case machine
    }

    /// What it costs.
    package let cost: PlanClass
    /// Whether the device does it by itself; else it waits for a person.
    package let isUnattended: Bool
    /// What it is done to.
    package let subject: Subject
    /// Where that belongs.
    package let place: ProcessPlace
    /// The number of the user whose program it is; nil for a unit, and where it is not known.
    package let user: UInt32?
    /// How many of its processes run the vulnerable code; none where it does not run and is started.
    package let processes: Int
    /// Services that its manager restarts with it.
    package let companions: [String]
    /// Why it waits and what finishes it, or how it is done, as the end of a sentence; nil where there is nothing to say.
    package let reason: String?

    /// Describes a step.
    package init(
      _ cost: PlanClass, isUnattended: Bool, _ subject: Subject, in place: ProcessPlace, user: UInt32? = nil,
      processes: Int, companions: [String] = [], reason: String? = nil
    ) {
      self.cost = cost
      self.isUnattended = isUnattended
      self.subject = subject
      self.place = place
      self.user = user
      self.processes = processes
      self.companions = companions
      self.reason = reason
    }

    /// What it is done to, how much of it, and how or why not yet, in one line.
    package var account: String {
      let who =
        switch subject {
        case .unit(let name): name
        case .program(let name): "\(name) (\(place)\(whose))"
        case .machine: "the machine"
        }
      let count = processes == 0 ? "" : processes == 1 ? ", 1 process" : ", \(processes) processes"
      let with = companions.isEmpty ? "" : ", with it \(companions.joined(separator: ", "))"
      return who + count + with + (reason.map { ": \($0)" } ?? "")
    }

    /// The same at another cost.
    package func costing(_ cost: PlanClass) -> Step {
      Step(
        cost, isUnattended: isUnattended, subject, in: place, user: user, processes: processes, companions: companions,
        reason: reason)
    }

    // A user's unit says whose it is.
    private var whose: String {
      if case .userUnit = place { return "" }
      return user.map { ", user \($0)" } ?? ""
    }
  }

  /// The streams whose improvement would be put in place.
  package let streams: [Stream]
  /// What has to be done: first what the device does by itself, in its order, then what waits for a person, the lightest first.
  package let steps: [Step]
  /// Copies of the components' files that are *elsewhere*, which nothing of this changes.
  package let copies: [CopyReport]
  /// How many processes could not be looked at.
  package let unseen: Int
  /// What of it is read by programs that nobody names, one sentence each: what ends the former content there is unknown.
  package let unknown: [String]

  /// Gathers a plan.
  package init(streams: [Stream], steps: [Step], copies: [CopyReport] = [], unseen: Int = 0, unknown: [String] = []) {
    self.streams = streams
    self.steps = steps
    self.copies = copies
    self.unseen = unseen
    self.unknown = unknown
  }

  /// What all of it costs.
  package var cost: PlanClass { steps.map(\.cost).max() ?? .nothing }

  /// The services that the device would restart by itself, in its order.
  package var services: [String] {
    steps.compactMap { step in
      guard step.isUnattended, case .unit(let name) = step.subject else { return nil }
      return name
    }
  }
}
