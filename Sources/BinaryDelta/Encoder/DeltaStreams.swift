/// The three streams of method 1 before compression.
struct DeltaStreams {
  /// The records, each as three variable-length integers.
  var control: [UInt8] = []
  /// For every copied byte: the improved byte less the baseline's, modulo 256.
  var difference: [UInt8] = []
  /// The bytes that are copied from nowhere.
  var extra: [UInt8] = []

  /// Lays out records over the two files.
  init(
    _ records: [DeltaRecord], baseline: UnsafeBufferPointer<UInt8>, improved: UnsafeBufferPointer<UInt8>
  ) {
    var position = 0
    var expected = 0
    for record in records {
      VariableInteger.append(VariableInteger.fold(record.baselineStart - expected), to: &control)
      VariableInteger.append(UInt64(record.copyLength), to: &control)
      VariableInteger.append(UInt64(record.extraLength), to: &control)
      expected = record.baselineStart + record.copyLength
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: record.copyLength) { buffer, count in
        for offset in 0..<record.copyLength {
          unsafe buffer[offset] = unsafe improved[position + offset] &- baseline[record.baselineStart + offset]
        }
        count = record.copyLength
      }
      difference += piece
      position += record.copyLength
      unsafe extra += improved[position..<position + record.extraLength]
      position += record.extraLength
    }
  }
}
