internal import Glibc

/// A shared library that the dynamic loader found and mapped; it stays for the life of the process.
package struct LoadedLibrary: Sendable {
  /// The name by which it was asked for.
  package let name: String

  /// Loads a library by its soname, searched for as for any program (dlopen(3)); throws what the loader says.
  package init(name: String) throws(LoadingError) {
    guard unsafe dlopen(name, RTLD_NOW | RTLD_GLOBAL) != nil else {
      let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "the loader does not say why"
      throw LoadingError(description: "cannot load \(name): \(reason)")
    }
    self.name = name
  }

  /// Why a library could not be loaded.
  package struct LoadingError: Error, Hashable, CustomStringConvertible {
    /// The loader's own words.
    package let description: String
  }
}
