import Activation
import Improvements
import Testing

@Suite struct ProcessPlaceTests {
  @Test(arguments: [
    ("/user.slice/user-1000.slice/session-3.scope", ProcessPlace.session("3")),
    (
      "/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.service",
      .userUnit("firefox.service", user: "1000")
    ),
    ("/user.slice/user-1000.slice/user@1000.service/init.scope", .userUnit("init.scope", user: "1000")),
    ("/system.slice/docker-0123abcd.scope", .container("docker-0123abcd.scope")),
    ("/machine.slice/machine-web.scope/payload/system.slice/nginx.service", .container("machine-web.scope")),
    ("/machine.slice/systemd-nspawn@web.service/payload", .container("systemd-nspawn@web.service")),
    ("/lxc.payload.web/system.slice/nginx.service", .container("lxc.payload.web")),
    (
      "/kubepods.slice/kubepods-burstable.slice/cri-containerd-01ab.scope", .container("kubepods.slice")
    ),
    ("/docker/\(String(repeating: "0a", count: 32))", .container(String(repeating: "0a", count: 32))),
    ("/system.slice/run-rabc.scope", .unit("run-rabc.scope")),
    ("/", .unmanaged), ("", .unmanaged), ("/some/group", .unmanaged), ("/user@1000.service", .unmanaged),
  ]) func `a control group tells where a process belongs`(_ path: String, _ place: ProcessPlace) {
    #expect(ProcessPlace(service: nil, controlGroup: path) == place)
  }

  @Test func `what the service manager says wins`() {
    let place = ProcessPlace(service: "nginx.service", controlGroup: "/system.slice/docker-0123.scope")
    #expect(place == .unit("nginx.service"))
    #expect(place.description == "unit nginx.service")
  }
}
