/// Probabilities and their logits in whole numbers, so that every machine computes the same.
enum Logistic {
  /// 65,536 ÷ (1 + e^−x) for x = −8, −7.5, … 8, rounded: the constants of the format.
  static let knots: [Int32] = [
    22, 36, 60, 98, 162, 267, 439, 720, 1_179, 1_921, 3_108, 4_971, 7_812, 11_955, 17_625, 24_743, 32_768, 40_793,
    47_911, 53_581, 57_724, 60_565, 62_428, 63_615, 64_357, 64_816, 65_097, 65_269, 65_374, 65_438, 65_476, 65_500,
    65_514,
  ]

  /// The probability, in 65,536, of a logit in 256ths from −2,047 to 2,047; straight lines between the knots.
  static func squash(_ logit: Int32) -> Int32 {
    let clamped = min(max(logit, -2_047), 2_047) + 2_048
    let (index, rest) = (Int(clamped >> 7), clamped & 127)
    return (knots[index] * (128 - rest) + knots[index + 1] * rest + 64) >> 7
  }

  /// `squash` for each logit from −2,048 (as −2,047) to 2,047.
  static let squashTable: [UInt16] = (0..<4_096).map { UInt16(squash(Int32($0) - 2_048)) }

  /// For each probability in 4,096ths, the smallest logit that gives at least its middle.
  static let stretchTable: [Int16] = {
    var logit: Int32 = -2_047
    return (0..<4_096).map { probability in
      while logit < 2_047, squash(logit) < Int32(probability) * 16 + 8 { logit += 1 }
      return Int16(logit)
    }
  }()
}
