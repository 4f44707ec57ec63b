extension DeviceInterface {
  /// The description in Varlink's language; docs/control-interface.md says the same for people.
  static let text = """
    # A device that takes background security improvements.
    #
    # Everybody may call Watch and the methods whose names begin with Get. The others are for root and for the user that sutured
    # runs as; others are answered org.varlink.service.PermissionDenied.
    #
    # Called with `more`, Look, Apply, Reapply, Remove and PackagesChanged answer each event as it happens: {"event": ...}, and the report last:
    # {"report": ...}. Called without, they answer the report alone. A caller who closes the connection does not stop
    # what was begun.
    #
    # Times are UTC, such as 2026-11-23T20:54:00Z. Callers leave members alone that they do not know.
    interface io.suture.Device

    # One process that maps a file of a component; or one of a service that reads its files, by its publisher's word.
    type Process (
      pid: int,
      # The kernel's short name of it.
      name: string,
      # The service that it belongs to, where one is known.
      service: ?string,
      # Where it belongs: unit NAME, unit NAME of user NUMBER, session NAME, container NAME, or unmanaged.
      place: string,
      # protected (runs the improved code), exposed (the baseline's, or a mixture), pending (exposed and scheduled to
      # stop being so), or unknown.
      exposure: string,
      # The mapped file as the kernel names it, and its device and inode; where files are read, one of them, and nothing.
      mapped: string,
      identity: string,
      # Whether it reads files and does not map them: what it runs is told by when it began.
      reads: bool
    )

    # What of a component's improvement is read and not mapped, so that the kernel does not tell who has which content.
    type Read (
      # How many of its files.
      files: int,
      # The services that keep what they read, by its publisher's word; null where it does not say, and nobody knows.
      readers: ?[]string
    )

    # A copy of a component's file that is elsewhere, and a process that maps it: a container's, a chroot's, or one that a
    # program brought along. It is reported, never called protected, and never restarted.
    type Copy (
      pid: int,
      name: string,
      # As of Process.
      place: string,
      # vulnerable (a listed baseline's content), improved (has the fix), other, or unread, by digest.
      build: string,
      # The mapped file as the kernel names it in the process's own view, and its device and inode.
      mapped: string,
      identity: string
    )

    # What a rollout means for an improvement on this device.
    type Turn (
      # Its stable place in 0...9999 for this improvement, where it is known.
      cohort: ?int,
      # now, later, unscheduled (its ring and cohort have no time yet), paused, or unknown (what the record says could
      # not be verified in the last look).
      word: string,
      # When its turn comes (later), or since when the rollout is paused.
      time: ?string
    )

    # How a component's health stands.
    type Health (
      # watched (the improvement is live and on probation), fallback (it was taken off, and what it fell back to is
      # watched), waiting (it is tried again), or given-up.
      word: string,
      # Until when, about.
      until: ?string,
      # Which try this is, or the next one is, from 1.
      attempt: int,
      # What was seen that is not well.
      reason: ?string
    )

    # An earlier improvement of a component that is in place while a later one is not.
    type Standing (
      serial: int,
      letter: string,
      # grafted, activating, probation or confirmed.
      state: string,
      detail: string,
      since: string,
      advisories: []string
    )

    # One component with an improvement: the highest serial that fits this machine, whether it is in place or not.
    type Component (
      # Such as debian-12/amd64/libexpat1.
      stream: string,
      serial: int,
      # How people see the serial relative to the baseline: a, b, ...
      letter: string,
      # The baseline's version, and the version whose fix the improvement carries.
      baseline: string,
      fixedIn: string,
      # offered, waiting, fetching, verified, staged, grafted, activating, probation, confirmed, failed, rolledBack,
      # superseded, removed, withdrawn or retired; and the reason, serial or version that belongs to it.
      state: string,
      detail: string,
      # What is in place instead, where that is an earlier improvement.
      standing: ?Standing,
      advisories: []string,
      files: []string,
      payloadBytes: int,
      # When it reached this state.
      since: string,
      processes: []Process,
      copies: []Copy,
      # What is known of it in a public log, in words; and log, size and witnesses where it is proven, else the reason.
      log: string,
      logged: object,
      # What the last look said of the device's turn.
      turn: ?Turn,
      # How its health is watched, or what follows from it.
      health: ?Health,
      # Whether its owner pinned it.
      pinned: bool,
      # What of it is read and not mapped, if anything is.
      read: ?Read
    )

    # The device's account of itself. It ends in memory: which process runs which code is read from the kernel.
    type Status (
      # protected, exposed, pending, unknown or nothing-to-protect.
      verdict: string,
      components: []Component,
      # When verified metadata last said what is current.
      lastFreshLook: ?string,
      # Whether improvements install by themselves.
      automatic: bool,
      # early or late: the device's ring in rollouts.
      ring: string,
      # required or off: whether policy asks for a public log.
      transparency: string,
      log: string,
      # What could not be seen, one sentence each.
      limits: []string,
      # Rollbacks that did not come to a good end, one sentence each: louder than anything else.
      alarms: []string
    )

    # One thing that happened while the device worked.
    type Event (
      # look, offer, fetching, fetch, rebuild, graft, plan, restart, watch, confirm, acquit, alarm, remove, roll-back,
      # setting or refuse.
      station: string,
      stream: ?string,
      # One sentence for people.
      message: string,
      # How long the station took.
      microseconds: int,
      # Figures and facts by name, such as bytes.
      facts: object
    )

    # One line of the history.
    type HistoryLine (
      time: string,
      event: Event
    )

    # One setting in force.
    type Setting (
      section: string,
      key: string,
      # The one unit that it is of; null where it is the device's.
      unit: ?string,
      value: string,
      # default, settings (the owner's) or policy (the administrator's, which wins); and the file's name.
      from: string,
      file: ?string,
      # What the owner's settings say where policy wins over them.
      overruled: ?string
    )

    # One thing that has to be done until no process runs the vulnerable code.
    type PlanStep (
      # restart, relaunch, session (somebody logs out and in again), soft-reboot (all but the kernel starts anew) or reboot.
      class: string,
      # Whether the device does it by itself; else it waits for a person.
      unattended: bool,
      # The unit that it is done to; or the kernel's short name of a program that no service manager restarts; neither where it is
      # the machine.
      unit: ?string,
      program: ?string,
      # As of Process; and the number of the user whose program it is.
      place: string,
      user: ?int,
      # How many of its processes run the vulnerable code; 0 where it does not run and is started.
      processes: int,
      # Services that its manager restarts with it.
      with: []string,
      # Why it waits and what finishes it, or how it is done.
      reason: ?string
    )

    # What Apply or Reapply would do and cost, found out before anything is changed.
    type Plan (
      # What would be put in place.
      streams: []string,
      # The heaviest class of the steps, or nothing.
      class: string,
      # The services that would be restarted, in this order.
      services: []string,
      # First what the device does by itself, in its order, then what waits, the lightest first.
      steps: []PlanStep,
      # Copies that nothing of this changes.
      elsewhere: []Copy,
      # How many processes could not be looked at.
      unseen: int,
      # What is read by programs that nobody names, one sentence each: what ends its former content is unknown.
      unknown: []string
    )

    # The device's account of itself.
    method GetStatus() -> (status: Status)

    # The newest lines of the history, of one component or of all, the newest last: at most limit (100 where none is
    # named, 1000 at most), and fewer where they are long. Looks that went well are among them only with looks.
    method GetHistory(component: ?string, limit: ?int, looks: ?bool) -> (
      history: []HistoryLine,
      # Whether older lines were left out.
      hasOlder: bool
    )

    # Every setting in force, and why newer ones were refused, where they were.
    method GetSettings() -> (settings: []Setting, problem: ?string)

    # Switches whether improvements install by themselves: at once, and written down for the next start. Refused where
    # policy decides.
    method SetAutomatic(automatic: bool) -> (settings: []Setting, problem: ?string)

    # Reads the settings again, as SIGHUP has sutured do; refused where they are wrong, and the former ones hold.
    method Reload() -> (settings: []Setting, problem: ?string)

    # Tells what the device does, whoever began it, until the caller closes the connection: the status first and after
    # each thing that was done, and each event as it happens. A caller who reads slowly holds nothing up: it loses the
    # oldest events, and is told how many. Only with `more`.
    method Watch() -> (status: ?Status, event: ?Event, lost: ?int)

    # Asks the repositories what is current.
    method Look() -> (event: ?Event, report: ?object)

    # Applies what is offered for a component, or for all of them, and answers once it is live and on probation; with wait
    # once it is confirmed, or refused where it was taken off again. With dry_run it changes nothing, and the report is a Plan.
    method Apply(component: ?string, dry_run: ?bool, wait: ?bool) -> (event: ?Event, report: ?object)

    # Applies again what Remove took off and holds back, of a component or of all; named, what was taken off for bad
    # health as well. With wait and dry_run as Apply.
    method Reapply(component: ?string, dry_run: ?bool, wait: ?bool) -> (event: ?Event, report: ?object)

    # Takes the improvements of a component off, or all of them: to the baseline, or to an earlier letter. They are held
    # back until Reapply.
    method Remove(component: ?string, to: ?string) -> (event: ?Event, report: ?object)

    # For the hooks of the package manager: it has begun to change packages, and grafts stepped aside for it. The device
    # looks at everything again when the package manager says that it is done, or has ended and holds no lock.
    method PackagesChanging() -> ()

    # For the same: the package manager's process, as PID@TICKS with the ticks of its start (field 22 of proc_pid_stat(5)),
    # is done. What it updated is retired, everything else put back, and services that started meanwhile are restarted.
    method PackagesChanged(process: string) -> (event: ?Event, report: ?object)

    # Pins a component, so that nothing changes what stands of it by itself but a withdrawal and the operating system's own
    # update; and takes the pin off.
    method Pin(component: string) -> (status: Status)
    method Unpin(component: string) -> (status: Status)

    # The device is doing something else; ask again.
    error Busy (reason: string)

    # There is nothing to do.
    error NothingToDo (reason: string)

    # A check failed, and the machine is as it was; or what was put in place was taken off again, or could not be watched.
    error Refused (reason: string)

    # Something broke.
    error Failed (reason: string)
    """
}
