import Activation
import Improvements
import Linux
import Testing

@Suite struct UnitNameTests {
  @Test(arguments: [
    "nginx.service", "getty@tty1.service", "systemd-fsck@dev-disk-by\\x2duuid-5D7A.service", "a.b:c_d-e.timer",
    "-.slice", "-.mount", "sshd@0-10.0.0.1:22-10.0.0.2:4711.service", String(repeating: "a", count: 247) + ".service",
  ]) func `a name by systemd's rules is taken`(_ name: String) {
    #expect(UnitName(name)?.description == name)
  }

  @Test(arguments: [
    "", "nginx", ".service", "nginx.", "nginx.exe", "getty@.service", "@tty1.service", "a b.service", "a/b.service",
    "../x.service", "a\0.service", "a\n.service", "ü.service", "a;b.service", "$(id).service", "--now.service/x",
    String(repeating: "a", count: 248) + ".service",
  ]) func `what is no name of a unit that could run is refused`(_ name: String) {
    #expect(UnitName(name) == nil)
  }

  @Test(arguments: [
    ("/system.slice/nginx.service", "nginx.service"),
    ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
    ("/system.slice/system-postgresql.slice/postgresql@15-main.service", "postgresql@15-main.service"),
    ("/system.slice/system-a.slice/a@x\\x2dy\\x2f.service", "a@x\\x2dy\\x2f.service"),
    ("/own.slice/own-inner.slice/web.service/workers/7", "web.service"),
    ("/web.service", "web.service"),
    ("/system.slice/k3s.service/kubepods/pod1", "k3s.service"),
    // What cgroups(7) keeps names of for itself, systemd writes with an underscore before it.
    ("/system.slice/_cgroup.service", "cgroup.service"),
  ]) func `a control group tells its service`(_ path: String, _ name: String) {
    #expect(UnitName.service(ofControlGroup: path, manager: "")?.description == name)
  }

  @Test(arguments: [
    "/", "/init.scope", "/user.slice/user-1000.slice/session-3.scope",
    "/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.service",
    "/user.slice/user-1000.slice/user@1000.service/init.scope", "/system.slice", "/system.slice/mnt.mount",
    "/system.slice/docker-0123abcd.scope", "/docker/0123abcd", "/lxc.payload.web/system.slice/nginx.service",
    "/machine.slice/machine-web.scope/payload/system.slice/nginx.service",
    "/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service",
    "/machine.slice/systemd-nspawn@web.service/payload/init.scope",
    "/system.slice/containerd.service/kubepods-pod1.slice/cri-0123.scope", "/kubepods.slice/kubepods-pod1.slice",
    "/system.slice/getty@.service", "/system.slice/nginx.service (deleted)", "system.slice/nginx.service", "",
  ]) func `where no service of the system's own manager is told there is none`(_ path: String) {
    #expect(UnitName.service(ofControlGroup: path, manager: "") == nil)
  }

  @Test func `a manager that was given a group keeps its units beneath it`() {
    let manager = "/machine.slice/machine-web.scope"
    func name(_ path: String) -> String? { UnitName.service(ofControlGroup: path, manager: manager)?.description }
    #expect(name("\(manager)/system.slice/nginx.service") == "nginx.service")
    #expect(name("/system.slice/nginx.service") == nil)
    #expect(name("\(manager)x/system.slice/nginx.service") == nil)
  }
}
