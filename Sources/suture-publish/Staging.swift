import ArgumentParser
import Linux
import Publishing

/// Who may sign for a role.
struct RoleKeyOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("A key that may sign: a .pub file, a key file, or PEM. Once for each key.", valueName: "file"))
  var key: [String] = []

  @Option(name: .long, help: ArgumentHelp("How many of these keys must sign.", valueName: "count"))
  var threshold = 1

  func validate() throws {
    guard !key.isEmpty else { throw ValidationError("Name at least one key with --key.") }
    guard (1...key.count).contains(threshold) else {
      throw ValidationError("--threshold takes a number from 1 to the number of keys, which is \(key.count).")
    }
  }
}

struct Delegate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stages a delegation: a role and its keys for path patterns, or hashed bins for all paths.",
    discussion: """
      The delegator's file and the new role's empty one become drafts, signed with the keys at hand; nothing changes until \
      they are accepted. Any role may delegate, sixteen levels deep. With --bins ROLE is the prefix of 2^N roles ROLE-0, \
      ROLE-1 and so on, each with the targets whose digest begins with its number; the delegator may delegate nothing else.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption
  @OptionGroup var keys: RoleKeyOptions

  @Argument(help: ArgumentHelp("The role to delegate to, or the prefix of hashed bins.", valueName: "role"))
  var role: String

  @Option(name: .long, help: ArgumentHelp("The role that delegates.", valueName: "role"))
  var from = "targets"

  @Option(
    name: .long,
    help: ArgumentHelp("What it may describe: * and ? within one component. Once for each.", valueName: "pattern"))
  var path: [String] = []

  @Option(name: .long, help: ArgumentHelp("Make 2^N hashed bins, N from 1 to 14.", valueName: "n"))
  var bins: Int?

  @Flag(name: .long, help: "Ask no later role for these paths.")
  var terminating = false

  func validate() throws {
    guard bins == nil else {
      guard path.isEmpty, !terminating else { throw ValidationError("--bins goes without --path and --terminating.") }
      guard let bins, (1...14).contains(bins) else { throw ValidationError("--bins takes a number from 1 to 14.") }
      return
    }
    guard !path.isEmpty else { throw ValidationError("Name at least one --path, or --bins.") }
  }

  func run() async throws {
    try await common.reporting {
      let workspace = try place.open()
      let now = WallClock.now()
      if let bins {
        common.tell(
          drafts: try workspace.stagingBins(
            prefix: role, bitLength: bins, from: from, keyFiles: keys.key, threshold: keys.threshold, now: now))
      } else {
        common.tell(
          drafts: try workspace.stagingDelegation(
            to: role, from: from, keyFiles: keys.key, threshold: keys.threshold, patterns: path,
            isTerminating: terminating, now: now))
      }
    }
  }
}

struct Undelegate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stages the end of a delegation.",
    discussion: "A role to which nobody delegates any more ends with it, and so do those that only it delegated to.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The role.", valueName: "role"))
  var role: String

  @Option(name: .long, help: ArgumentHelp("The role that delegates to it.", valueName: "role"))
  var from = "targets"

  func run() async throws {
    try await common.reporting {
      common.tell(drafts: try place.open().stagingEnd(of: role, from: from, now: WallClock.now()))
    }
  }
}

struct Rotate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stages other keys or another threshold for a role.",
    discussion: """
      ROLE is root, targets, snapshot, timestamp or a delegated role; --bins-of names the role whose hashed bins get other \
      keys. A new root needs the signatures of the old keys and of the new. The new keys of snapshot and timestamp must lie \
      in the workspace's keys folder when the draft is accepted.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption
  @OptionGroup var keys: RoleKeyOptions

  @Argument(help: ArgumentHelp("The role.", valueName: "role"))
  var role: String?

  @Option(name: .long, help: ArgumentHelp("Change the keys only where this role delegates to it.", valueName: "role"))
  var from: String?

  @Option(name: .long, help: ArgumentHelp("Change the keys of the hashed bins of this role.", valueName: "role"))
  var binsOf: String?

  func validate() throws {
    guard (role == nil) != (binsOf == nil) else { throw ValidationError("Name either a role or --bins-of.") }
    guard binsOf == nil || from == nil else { throw ValidationError("--from goes with a role.") }
  }

  func run() async throws {
    try await common.reporting {
      let workspace = try place.open()
      let now = WallClock.now()
      if let binsOf {
        common.tell(
          drafts: try workspace.stagingBinKeys(
            from: binsOf, keyFiles: keys.key, threshold: keys.threshold, now: now))
      } else if let role {
        common.tell(
          drafts: try workspace.stagingKeys(
            of: role, from: from, keyFiles: keys.key, threshold: keys.threshold, now: now))
      }
    }
  }
}

struct Renew: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stages new versions of roles, so that they stay trusted for longer.",
    discussion: """
      Without roles: of all that expire within --within days and have no draft. Snapshot and timestamp are renewed by \
      `refresh`.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The roles.", valueName: "role"))
  var roles: [String] = []

  @Option(name: .long, help: ArgumentHelp("How many days before its expiry a role is renewed.", valueName: "days"))
  var within = 30

  func validate() throws {
    guard (0...3_650).contains(within) else { throw ValidationError("--within takes a number from 0 to 3650.") }
  }

  func run() async throws {
    try await common.reporting {
      common.tell(drafts: try place.open().stagingRenewal(of: roles, within: within, now: WallClock.now()))
    }
  }
}
