import Basics
import Linux
import TestSupport

/// Counts what a program has on its heap, to the byte: a small library that is loaded before the C library's functions.
///
/// What the kernel tells of a process's memory holds what the C library keeps free for later too, which hides a leak of a
/// few bytes for thousands of rounds. The kernel's word is asked besides, for memory that is mapped past the heap.
struct HeapMeter {
  /// What is allocated and not freed.
  struct Reading {
    let blocks: Int
    let bytes: Int
  }

  /// What the library can leak in the program's place, at each fsync, so that a test can show that it finds it.
  enum Leak: String, CaseIterable { case child, descriptor, file, heap, mapping, mount, thread }

  /// Why nothing can be counted here; nil where it can.
  static let absence: String? =
    ((try? Directory(path: "/", links: .withinRoot).status(path("usr/bin/cc"))) ?? nil) == nil
    ? "no C compiler on this machine: /usr/bin/cc" : nil

  // The C library's own names beside malloc and free: asking dlsym for them would allocate.
  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <malloc.h>
    #include <pthread.h>
    #include <stdatomic.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/mount.h>
    #include <unistd.h>

    extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
    extern void *__libc_memalign(size_t, size_t);
    extern void __libc_free(void *);

    struct counts { atomic_long blocks, bytes; };
    static struct counts early, *counts = &early;
    static const char *leaks, *folder;

    __attribute__((constructor)) static void begin(void) {
      leaks = getenv("HEAP_LEAKS");
      folder = getenv("HEAP_FOLDER");
      int file = open(getenv("HEAP_COUNTS"), O_RDWR | O_CLOEXEC);
      void *page = mmap(0, sizeof early, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      close(file);
      if (page == MAP_FAILED) abort();
      memcpy(page, &early, sizeof early);
      counts = page;
    }

    static void *taken(void *block) {
      if (!block) return block;
      atomic_fetch_add(&counts->blocks, 1);
      atomic_fetch_add(&counts->bytes, malloc_usable_size(block));
      return block;
    }

    static void *given(void *block) {
      if (!block) return block;
      atomic_fetch_sub(&counts->blocks, 1);
      atomic_fetch_sub(&counts->bytes, malloc_usable_size(block));
      return block;
    }

    void *malloc(size_t size) { return taken(__libc_malloc(size)); }
    void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }
    void *realloc(void *block, size_t size) { return taken(__libc_realloc(given(block), size)); }
    void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }
    void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
    int posix_memalign(void **block, size_t alignment, size_t size) {
      return (*block = memalign(alignment, size)) ? 0 : ENOMEM;
    }
    void free(void *block) { __libc_free(given(block)); }

    static void *forever(void *nothing) { for (;;) pause(); return nothing; }

    static int is(const char *leak) { return leaks && strstr(leaks, leak); }

    static void leak(void) {
      static atomic_int number;
      pthread_t thread;
      char name[4096];
      if (is("child") && fork() == 0) _exit(0);
      if (is("descriptor") && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) abort();
      if (is("heap") && !malloc(100000)) abort();
      if (is("mapping"))
        memset(mmap(0, 1 << 17, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, 1 << 17);
      if (is("mount") && mount(folder, folder, 0, MS_BIND, 0)) abort();
      if (is("thread") && pthread_create(&thread, 0, forever, 0)) abort();
      snprintf(name, sizeof name, "%s/left-%d", folder, atomic_fetch_add(&number, 1));
      if (is("file")) close(open(name, O_CREAT | O_WRONLY, 0600));
    }

    int fsync(int file) { leak(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file); }
    int fdatasync(int file) { leak(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file); }
    """

  private let folder: Directory
  private let counts: RelativePath
  private let leaks: [Leak]
  private let leftovers: String

  /// Builds the library in a folder; leaks of files go to `leftovers`.
  init(in folder: Directory, leaking leaks: [Leak] = [], into leftovers: String) throws {
    self.folder = folder
    self.leaks = leaks
    self.leftovers = leftovers
    counts = try path("heap.counts")
    try folder.write([UInt8](repeating: 0, count: 16), to: counts)
    try folder.write(Array(Self.source.utf8), to: path("heap.c"))
    let result = try ProcessLauncher.run(
      "/usr/bin/cc",
      arguments: [
        "-shared", "-fPIC", "-O1", "-fno-builtin", "-o", folder.path + "/heap.so", folder.path + "/heap.c", "-ldl",
      ], environment: ["PATH": "/usr/bin:/bin"])
    guard result.end == .exited(0) else { throw ConfigurationFile.Refusal("cc: \(result.error)") }
  }

  /// What a program is started with to be counted; what it starts itself must not have them.
  var variables: [String: String] {
    [
      "LD_PRELOAD": folder.path + "/heap.so", "HEAP_COUNTS": folder.name(counts),
      "HEAP_LEAKS": leaks.map(\.rawValue).joined(separator: " "), "HEAP_FOLDER": leftovers,
    ]
  }

  /// What is allocated now.
  func read() throws -> Reading {
    let bytes = try folder.read(counts, limit: 16)
    func number(_ place: Int) -> Int {
      bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    return Reading(blocks: number(0), bytes: number(8))
  }
}
