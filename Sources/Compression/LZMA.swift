internal import CLZMA

/// Raw LZMA2 (the filter of the xz format without its container), as liblzma makes it.
package enum LZMA {
  /// The dictionaries that may be asked for or allowed, as powers of two: 4 KiB to 8 MiB.
  package static let dictionaryLogs = 12...23

  /// How bytes are modelled: `literalContext` high bits of the byte before a literal, `positionBits` low bits of the
  /// position.
  package struct Model: Sendable, Hashable {
    package let literalContext: Int
    package let literalPosition: Int
    package let positionBits: Int

    /// Any text.
    package static let text = Model(literalContext: 3, literalPosition: 0, positionBits: 0)
    /// Machine code and tables.
    package static let code = Model(literalContext: 3, literalPosition: 0, positionBits: 2)
    /// Small numbers without order.
    package static let numbers = Model(literalContext: 0, literalPosition: 0, positionBits: 0)
  }

  /// Compresses bytes as hard as liblzma can, within a dictionary of 2^`dictionaryLog` bytes.
  ///
  /// The same bytes, model and dictionary give the same stream with the same liblzma.
  package static func compress(
    _ bytes: [UInt8], model: Model, dictionaryLog: Int
  ) throws(CompressionError) -> [UInt8] {
    guard dictionaryLogs.contains(dictionaryLog) else { throw .windowLogOutOfRange(dictionaryLog) }
    var options = unsafe lzma_options_lzma()
    // Preset 9 with the extreme flag, LZMA_PRESET_EXTREME, which is a macro.
    guard unsafe lzma_lzma_preset(&options, 9 | UInt32(1) << 31) == 0 else { throw .compressorFailed("no preset 9e") }
    unsafe options.dict_size = UInt32(1) << UInt32(dictionaryLog)
    unsafe options.lc = UInt32(model.literalContext)
    unsafe options.lp = UInt32(model.literalPosition)
    unsafe options.pb = UInt32(model.positionBits)
    // An incompressible byte costs at most its chunk's header: 3 bytes for each 64 KiB, and the end.
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 4_096 + 64)
    var size = 0
    let result = unsafe withUnsafeMutablePointer(to: &options) { options in
      var filters = unsafe chain(options)
      return unsafe bytes.withUnsafeBufferPointer { source in
        unsafe output.withUnsafeMutableBufferPointer { target in
          unsafe lzma_raw_buffer_encode(
            &filters, nil, source.baseAddress, source.count, target.baseAddress, &size, target.count)
        }
      }
    }
    guard result == LZMA_OK else { throw result == LZMA_MEM_ERROR ? .outOfMemory : .compressorFailed(reason(result)) }
    output.removeLast(output.count - size)
    return output
  }

  /// LZMA2 alone, and the end of the list.
  static func chain(_ options: UnsafeMutablePointer<lzma_options_lzma>) -> [lzma_filter] {
    // LZMA_FILTER_LZMA2 and LZMA_VLI_UNKNOWN, which are macros.
    unsafe [lzma_filter(id: 0x21, options: options), lzma_filter(id: .max, options: nil)]
  }

  /// What liblzma means by a result.
  static func reason(_ result: lzma_ret) -> String {
    switch result {
    case LZMA_MEM_ERROR: "no memory"
    case LZMA_OPTIONS_ERROR: "unsupported options"
    case LZMA_DATA_ERROR: "damaged data"
    case LZMA_BUF_ERROR: "more input or room is needed"
    default: "error \(result.rawValue)"
    }
  }
}
